using DiceLoss.Cuda.Compilation;

namespace DiceLoss.Cuda.Tests;

/// <summary>What the provider asks of the driver.</summary>
public sealed class CudaProviderTests : IDisposable
{
    private readonly ScriptedDriver _driver = new();
    private readonly ScriptedCompiler _compiler = new();
    private readonly CudaProvider _provider;

    public CudaProviderTests() => _provider = new CudaProvider(_driver, _compiler, new DiskCache(null));

    public void Dispose() => _driver.Dispose();

    [Fact]
    public void Constructor_LoadsNothing() => Assert.Empty(_driver.Calls);

    [Fact]
    public void Supports_MainMemory_AsksNobody()
    {
        Assert.False(_provider.Supports(Device.Cpu, ElementType.Float32, ElementType.Int64, out string? reason));
        Assert.Equal("It works on CUDA devices, not on cpu.", reason);
        Assert.Empty(_driver.Calls);
    }

    [Fact]
    public void Supports_EveryType_IsTrueAndMakesNoContext()
    {
        foreach (ElementType logits in Enum.GetValues<ElementType>().Where(type => type.IsFloatingPoint()))
        {
            foreach (ElementType targets in Enum.GetValues<ElementType>()) Assert.True(_provider.Supports(Device.Cuda(), logits, targets, out _));
        }

        Assert.All(_driver.Calls, call => Assert.Equal("Attribute", call));
    }

    [Theory]
    [InlineData("CUDA_ERROR_NO_DEVICE", 100, "nvidia-smi")]
    [InlineData("CUDA_ERROR_INVALID_DEVICE", 101, "There is no such device")]
    [InlineData("CUDA_ERROR_SYSTEM_DRIVER_MISMATCH", 803, "newer NVIDIA driver")]
    public void Supports_DriverFails_SaysWhatAndWhatToDo(string name, int code, string remedy)
    {
        _driver.Failures["Attribute"] = new CudaException("cuInit", code, name);
        Assert.False(_provider.Supports(Device.Cuda(), ElementType.Float32, ElementType.Int64, out string? reason));
        Assert.StartsWith($"cuInit failed: {name} ({code}). ", reason, StringComparison.Ordinal);
        Assert.Contains(remedy, reason, StringComparison.Ordinal);
        _driver.Failures.Clear();
        Assert.True(_provider.Supports(Device.Cuda(), ElementType.Float32, ElementType.Int64, out _));
    }

    [Fact]
    public void Supports_DriverThrowsAnything_IsAReason()
    {
        _driver.Failures["Attribute"] = new DllNotFoundException("no such library");
        Assert.False(_provider.Supports(Device.Cuda(), ElementType.Float32, ElementType.Int64, out string? reason));
        Assert.Equal("no such library", reason);
    }

    [Fact]
    public void Sums_FirstCall_LaunchesThreeKernelsCopiesOnceAndWaitsOnce()
    {
        new DeviceProblem { Stream = 42 }.Forward(_provider);
        Assert.Equal(["dice_store", "dice_sums", "dice_collect"], _driver.Launches.Select(launch => launch.Kernel));
        Assert.All(_driver.Launches, launch => Assert.Equal(42, launch.Stream));
        Assert.Equal([42, 42], _driver.WaitedFor);
        Assert.Equal((1, 1, 1), (_driver.Count("CopyToHost"), _driver.Count("Synchronize"), _driver.Count("Allocate")));
        Assert.Equal(["store.cu", "collect.cu", "sums.cu"], _compiler.Compiled.Select(source => source.FileName));
    }

    [Fact]
    public void Sums_SecondCall_AllocatesLoadsAndCompilesNothing()
    {
        var problem = new DeviceProblem();
        problem.Forward(_provider);
        _driver.Forget();
        problem.Forward(_provider);
        Assert.Equal((0, 0, 0), (_driver.Count("Allocate"), _driver.Count("LoadModule"), _driver.Count("Free")));
        Assert.Equal(1, _driver.Count("Synchronize"));
        Assert.Equal(3, _compiler.Compiled.Count);
    }

    [Theory]
    [InlineData(5, DiceReduction.Mean)]
    [InlineData(105, DiceReduction.Mean)]
    [InlineData(105, DiceReduction.Batch)]
    public void Gradient_Warm_NeitherWaitsNorAllocatesNorCopies(int classes, DiceReduction reduction)
    {
        var problem = new DeviceProblem { Shape = [3, classes, 4000], Options = new() { Reduction = reduction, CrossEntropy = new() } };
        DiceResult result = problem.Forward(_provider);
        problem.Backward(_provider, result);
        _driver.Forget();
        problem.Backward(_provider, result);
        int rows = reduction == DiceReduction.Batch ? 1 : 3, stores = ((rows * 3 * classes) + 479) / 480;
        Assert.Equal([.. Enumerable.Repeat("dice_store", stores), "dice_gradient"], _driver.Launches.Select(launch => launch.Kernel));
        Assert.All(_driver.Calls, call => Assert.True(call is "GetCurrent" or "SetCurrent" or "IsCapturing" || call.StartsWith("Launch", StringComparison.Ordinal), call));
    }

    [Fact]
    public void Gradient_FirstAfterForward_AllocatesNothing()
    {
        var problem = new DeviceProblem { Shape = [3, 105, 4000], GradientStrides = [420000, 1, 105] };
        DiceResult result = problem.Forward(_provider);
        _driver.Forget();
        problem.Backward(_provider, result);
        Assert.Equal((0, 0), (_driver.Count("Allocate"), _driver.Count("Synchronize")));
    }

    [Fact]
    public void Workspace_TwoStreams_AreTwo()
    {
        var first = new DeviceProblem { Stream = 11 };
        var second = new DeviceProblem { Stream = 12 };
        DiceResult result = first.Forward(_provider);
        second.Forward(_provider);
        first.Backward(_provider, result);
        second.Backward(_provider, result);
        ILookup<nint, nint> workspaces = _driver.Launches.Where(launch => launch.Kernel == "dice_store").ToLookup(launch => launch.Stream, launch => launch.Workspace);
        Assert.Single(workspaces[11].Distinct());
        Assert.Single(workspaces[12].Distinct());
        Assert.NotEqual(workspaces[11].First(), workspaces[12].First());
    }

    [Fact]
    public void Workspace_ThreadsOnOneStream_WaitForEachOther()
    {
        var problem = new DeviceProblem { Stream = 42 };
        DiceResult result = problem.Forward(_provider);
        problem.Backward(_provider, result);
        _driver.Forget();

        // The first one waits for its stream, until it is told that this has failed.
        using ManualResetEventSlim isThere = new(), mayFail = new();
        _driver.Failures["Synchronize"] = new CudaException("cuStreamSynchronize", 1, "CUDA_ERROR_INVALID_VALUE");
        _driver.OnFailure = () =>
        {
            isThere.Set();
            mayFail.Wait();
        };
        var first = new Thread(() => Assert.Throws<CudaException>(() => problem.Forward(_provider)));
        first.Start();
        isThere.Wait();
        _driver.Failures.Clear();
        Thread[] others = [new(() => problem.Forward(_provider)), new(() => problem.Backward(_provider, result))];
        foreach (Thread other in others) other.Start();
        while (others.Any(other => other.ThreadState is not (ThreadState.WaitSleepJoin or ThreadState.Stopped))) Thread.Yield();
        int launches = _driver.Launches.Count;
        mayFail.Set();
        foreach (Thread thread in (Thread[])[first, .. others]) thread.Join();
        Assert.Equal((3, 8), (launches, _driver.Launches.Count));
    }

    [Fact]
    public void Workspace_StreamPerThread_IsOneForEachThread()
    {
        var problem = new DeviceProblem { Stream = 2 }; // CU_STREAM_PER_THREAD
        problem.Forward(_provider);
        var other = new Thread(() => problem.Forward(_provider));
        other.Start();
        other.Join();
        Assert.Equal(2, _driver.Launches.Where(launch => launch.Kernel == "dice_store").Select(launch => launch.Workspace).Distinct().Count());
    }

    // A thread's number is given to the next one when it has ended, while its stream may still be at work.
    [Fact]
    public void Workspace_StreamPerThreadOfThreadsThatEnded_IsGivenBackNotShared()
    {
        var problem = new DeviceProblem { Stream = 2 };
        for (int i = 0; i < 4; i++)
        {
            var thread = new Thread(() => problem.Forward(_provider));
            thread.Start();
            thread.Join();
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        Assert.Equal((4, 3), (_driver.Count("Allocate"), _driver.Count("Free")));
    }

    [Fact]
    public void Workspace_LargerProblem_GivesBackWhatItHasBeforeItTakesMore()
    {
        new DeviceProblem { Shape = [1, 2, 64] }.Forward(_provider);
        _driver.Forget();
        new DeviceProblem { Shape = [1, 2, 1 << 26] }.Forward(_provider);
        Assert.Equal(["Free", "Allocate", "Synchronize"], _driver.Calls.Where(call => call is "Synchronize" or "Free" or "Allocate").Take(3));
        _driver.Forget();
        new DeviceProblem { Shape = [1, 2, 64] }.Forward(_provider);
        Assert.Equal(0, _driver.Count("Allocate"));
    }

    [Theory]
    [InlineData(5)]
    [InlineData(16)]
    [InlineData(17)]
    [InlineData(105)]
    public void Workspace_LargeVolume_StaysBelowFourMebibytes(int classes)
    {
        foreach (DiceOptions options in (DiceOptions[])
            [
                new(),
                new() { Activation = Activation.Sigmoid, Focal = new(), CrossEntropy = new(), HardPrediction = HardPrediction.Threshold },
            ])
        {
            foreach (bool maps in (bool[])[false, true])
            {
                var problem = new DeviceProblem { Shape = [8, classes, 1L << 28], Options = options, Maps = maps };
                (Runtime.SumsPlan sums, Runtime.SumsPlan sumsOfAny, Runtime.GradientPlan gradient, _) = problem.Plans(multiprocessors: 144);
                Assert.InRange(Math.Max(Math.Max(sums.Bytes, sumsOfAny.Bytes), gradient.Bytes), (nuint)1, (nuint)((4 << 20) - (64 << 10)));
            }
        }
    }

    [Fact]
    public void Segments_AnyDevice_AreTheSame()
    {
        foreach (int classes in (int[])[2, 16, 40, 300])
        {
            foreach (long voxels in (long[])[1, 63, 4096, 100_000, 1 << 24])
            {
                var problem = new DeviceProblem { Shape = [3, classes, voxels] };
                (Runtime.SumsPlan small, _, _, KernelSpecialisation kernel) = problem.Plans(multiprocessors: 1);
                (Runtime.SumsPlan large, _, _, _) = problem.Plans(multiprocessors: 500);
                Assert.Equal((small.TilesPerSegment, small.SegmentsPerSample), (large.TilesPerSegment, large.SegmentsPerSample));
                Assert.True(small.TilesPerSegment >= 1);
                long ofSegment = small.TilesPerSegment * kernel.Tile(classes);
                Assert.InRange(voxels, ((small.SegmentsPerSample - 1) * ofSegment) + 1, small.SegmentsPerSample * ofSegment);
            }
        }
    }

    [Fact]
    public void Context_WhateverWasCurrent_IsAgain()
    {
        var problem = new DeviceProblem();
        DiceResult result = problem.Forward(_provider);
        Assert.Equal(5, _driver.CurrentContext);
        problem.Backward(_provider, result);
        Assert.Equal(5, _driver.CurrentContext);
        _driver.Failures["Launch"] = new CudaException("cuLaunchKernel", 1, "CUDA_ERROR_INVALID_VALUE");
        Assert.Throws<CudaException>(() => problem.Forward(_provider));
        Assert.Equal(5, _driver.CurrentContext);
        Assert.Equal(1, _driver.Count("PrimaryContext"));
    }

    [Fact]
    public void Context_CannotBeRestoredAfterAFailure_TheFailureIsHeardOf()
    {
        var problem = new DeviceProblem();
        problem.Forward(_provider);
        _driver.Failures["Synchronize"] = new CudaException("cuStreamSynchronize", 719, "CUDA_ERROR_LAUNCH_FAILED");
        _driver.OnFailure = () => _driver.Failures["SetCurrent"] = new CudaException("cuCtxSetCurrent", 719, "CUDA_ERROR_LAUNCH_FAILED");
        Assert.Equal("cuStreamSynchronize", Assert.Throws<CudaException>(() => problem.Forward(_provider)).Call);
    }

    [Fact]
    public void Context_IsCurrentAlready_IsLeftAlone()
    {
        _driver.Current.Value = ScriptedDriver.Context;
        new DeviceProblem().Forward(_provider);
        Assert.Equal(0, _driver.Count("SetCurrent"));
    }

    [Fact]
    public void Sums_NoVoxels_AsksNothing()
    {
        foreach (long[] shape in (long[][])[[0, 5, 8], [2, 5, 0]])
        {
            var problem = new DeviceProblem { Shape = shape };
            problem.Backward(_provider, problem.Forward(_provider));
        }

        Assert.Equal((0, 0), (_driver.Count("Launch"), _driver.Count("PrimaryContext")));
    }

    [Fact]
    public void Cancelled_BeforeTheLaunch_Throws()
    {
        var problem = new DeviceProblem();
        DiceResult result = problem.Forward(_provider);
        _driver.Forget();
        var cancelled = new CancellationToken(canceled: true);
        Assert.Throws<OperationCanceledException>(() => problem.Forward(_provider, cancelled));
        Assert.Throws<OperationCanceledException>(() => problem.Backward(_provider, result, cancelled));
        Assert.Equal(0, _driver.Count("Launch"));
    }

    [Fact]
    public void Sums_NineDimensionsApart_SaysSo()
    {
        // Every second element in each of nine dimensions.
        long[] shape = [1, 2, .. Enumerable.Repeat(2L, 9)], strides = [.. Enumerable.Range(0, 11).Select(d => 2L * (long)Math.Pow(3, 10 - d))];
        Assert.Equal(
            "On CUDA devices tensors have up to 8 spatial dimensions, those that follow each other without a gap taken as one; the logits have more. Make them contiguous.",
            Assert.Throws<NotSupportedException>(() => new DeviceProblem { Shape = shape, LogitStrides = strides }.Forward(_provider)).Message);
        new DeviceProblem { Shape = shape }.Forward(_provider);
    }

    [Fact]
    public void Described_SharedWeights_HaveNoSampleStride()
    {
        Runtime.KernelProblem shared = new DeviceProblem { Weights = ElementType.Float32, WeightShape = [1, 8, 8] }.Described();
        Assert.Equal(0, shared.OfWeights.Sample);
        Assert.Equal(64, new DeviceProblem { Weights = ElementType.Float32 }.Described().OfWeights.Sample);
    }

    [Fact]
    public void Dispose_GivesBackEverythingAndStartsAnew()
    {
        var problem = new DeviceProblem();
        problem.Forward(_provider);
        _provider.Dispose();
        Assert.Equal((nuint)0, _driver.AllocatedBytes);
        Assert.Equal(3, _driver.Count("UnloadModule"));
        problem.Forward(_provider);
    }
}
