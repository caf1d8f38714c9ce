using DiceLoss.Cuda.Compilation;

namespace DiceLoss.Cuda.Tests;

/// <summary>What the provider makes of failures of the driver and the compiler, and that it works again after those that pass.</summary>
public sealed class FailureTests : IDisposable
{
    private readonly ScriptedDriver _driver = new();
    private readonly ScriptedCompiler _compiler = new();
    private readonly CudaProvider _provider;

    public FailureTests() => _provider = new CudaProvider(_driver, _compiler, new DiskCache(null));

    public void Dispose() => _driver.Dispose();

    [Fact]
    public void Sums_OutOfMemory_WorksAgainAfterwards()
    {
        var problem = new DeviceProblem();
        _driver.Failures["Allocate"] = new CudaException("cuMemAlloc_v2", 2, "CUDA_ERROR_OUT_OF_MEMORY");
        CudaException failure = Assert.Throws<CudaException>(() => problem.Forward(_provider));
        Assert.Equal(("cuMemAlloc_v2", 2, "CUDA_ERROR_OUT_OF_MEMORY"), (failure.Call, failure.Code, failure.CodeName));
        Assert.StartsWith("Free device memory", failure.Remedy, StringComparison.Ordinal);
        _driver.Failures.Clear();
        problem.Backward(_provider, problem.Forward(_provider));
    }

    [Fact]
    public void Sums_OutOfMemoryWhileGrowing_WorksAgainAfterwards()
    {
        var small = new DeviceProblem { Shape = [1, 2, 64] };
        small.Forward(_provider);
        _driver.Failures["Allocate"] = new CudaException("cuMemAlloc_v2", 2, "CUDA_ERROR_OUT_OF_MEMORY");
        Assert.Throws<CudaException>(() => new DeviceProblem { Shape = [1, 2, 1 << 26] }.Forward(_provider));
        Assert.Equal((nuint)0, _driver.AllocatedBytes);
        _driver.Failures.Clear();
        small.Forward(_provider);
        Assert.Equal((nuint)65536, _driver.AllocatedBytes);
    }

    // As while another stream is being captured, in the mode that forbids it to all threads.
    [Fact]
    public void Sums_MemoryIsNotTakenBackWhileGrowing_IsNotLost()
    {
        var large = new DeviceProblem { Shape = [1, 2, 1 << 26] };
        new DeviceProblem { Shape = [1, 2, 64] }.Forward(_provider);
        _driver.Failures["Free"] = new CudaException("cuMemFree_v2", 900, "CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED");
        Assert.Equal("cuMemFree_v2", Assert.Throws<CudaException>(() => large.Forward(_provider)).Call);
        _driver.Failures.Clear();
        large.Forward(_provider);
        _provider.Dispose();
        Assert.Equal((nuint)0, _driver.AllocatedBytes);
    }

    // What the stream was given may still write there.
    [Fact]
    public void Sums_WaitFails_MemoryOfTheCopyIsLeftAlone()
    {
        _driver.Failures["Synchronize"] = new CudaException("cuStreamSynchronize", 1, "CUDA_ERROR_INVALID_VALUE");
        Assert.Throws<CudaException>(() => new DeviceProblem().Forward(_provider));
        _driver.Failures.Clear();
        new DeviceProblem().Forward(_provider);
        Assert.Equal(2, _driver.CopiedTo.Distinct().Count());
    }

    [Fact]
    public void Sums_OutOfMemoryWhileLoadingAKernel_LoadsItTheNextTime()
    {
        _driver.Failures["LoadModule"] = new CudaException("cuModuleLoadData", 2, "CUDA_ERROR_OUT_OF_MEMORY");
        Assert.Throws<CudaException>(() => new DeviceProblem().Forward(_provider));
        _driver.Failures.Clear();
        new DeviceProblem().Forward(_provider);
    }

    [Theory]
    [InlineData(700, "CUDA_ERROR_ILLEGAL_ADDRESS", "A kernel has met memory that does not belong to it")]
    [InlineData(719, "CUDA_ERROR_LAUNCH_FAILED", "This process's CUDA context is broken")]
    public void Sums_StickyError_SaysThatTheProcessHasToEnd(int code, string name, string remedy)
    {
        _driver.Failures["Synchronize"] = new CudaException("cuStreamSynchronize", code, name);
        CudaException failure = Assert.Throws<CudaException>(() => new DeviceProblem().Forward(_provider));
        Assert.StartsWith(remedy, failure.Remedy, StringComparison.Ordinal);
        Assert.Contains("restart the process", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Sums_BadStream_SaysWhatToCheck()
    {
        _driver.Failures["Launch"] = new CudaException("cuLaunchKernel", 400, "CUDA_ERROR_INVALID_HANDLE");
        CudaException failure = Assert.Throws<CudaException>(() => new DeviceProblem { Stream = 99 }.Forward(_provider));
        Assert.Equal("cuLaunchKernel failed: CUDA_ERROR_INVALID_HANDLE (400). Check that addresses and streams belong to this device and are not freed.", failure.Message);
    }

    [Theory]
    [InlineData(200, "CUDA_ERROR_INVALID_IMAGE")]
    [InlineData(209, "CUDA_ERROR_NO_BINARY_FOR_GPU")]
    [InlineData(222, "CUDA_ERROR_UNSUPPORTED_PTX_VERSION")]
    public void Sums_DriverOlderThanTheCompiler_TakesTheKernelThatComesAlong(int code, string name)
    {
        // The fake refuses whatever it is given, the second time for another reason: what counts is that there was a second try, and that the first refusal
        // is what is said.
        var refusal = new CudaException("cuModuleLoadData", code, name);
        _driver.Failures["LoadModule"] = refusal;
        _driver.OnFailure = () => _driver.Failures["LoadModule"] = new CudaException("cuModuleLoadData", 200, "CUDA_ERROR_INVALID_IMAGE");
        Assert.Same(refusal, Assert.Throws<CudaException>(() => new DeviceProblem().Forward(_provider)));
        Assert.Contains("newer NVIDIA driver", refusal.Remedy, StringComparison.Ordinal);
        Assert.Equal(2, _driver.Count("LoadModule"));
    }

    [Fact]
    public void Sums_NoCompilerAndNoKernel_SaysWhatToInstall()
    {
        _compiler.IsMissing = true;
        _driver.Capability = 61;
        Assert.Contains(
            "there is no compiler to make others. There is none.",
            Assert.Throws<NotSupportedException>(() => new DeviceProblem().Forward(_provider)).Message,
            StringComparison.Ordinal);
    }
}
