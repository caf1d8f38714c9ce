using DiceLoss.Cuda.Compilation;
using DiceLoss.Cuda.Tests.Emulator;
using DiceLoss.Testing;

namespace DiceLoss.Cuda.Tests;

/// <summary>One driver call after the other fails, whichever it is: it is named, and what comes next finds nothing of it.</summary>
public sealed class FailingCallTests : IDisposable
{
    private readonly CaseRun _run = new(new Case { Shape = [2, 3, 300] });

    public FailingCallTests()
    {
        EmulatedDevice.SkipUnlessThere();
        EmulatedDevice.Reset();
        EmulatedDevice.Configure();
    }

    [Theory]
    [InlineData(2, "CUDA_ERROR_OUT_OF_MEMORY")]
    [InlineData(700, "CUDA_ERROR_ILLEGAL_ADDRESS")]
    [InlineData(900, "CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED")]
    public void FirstPasses_AnyCallFails_IsNamedAndLeavesNothing(int code, string codeName) =>
        EveryCallFails(EmulatedDevice.Driver, new EmulatedCompiler(), (code, codeName), _ => { }, provider => LossAndGradient(provider, _run, device: 0));

    // Nothing runs: it would take long.
    [Theory]
    [InlineData(2, "CUDA_ERROR_OUT_OF_MEMORY")]
    [InlineData(900, "CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED")]
    public void LargerPasses_AnyCallFails_IsNamedAndLeavesNothing(int code, string codeName)
    {
        using var driver = new ScriptedDriver();
        var large = new DeviceProblem { Shape = [8, 105, 4000], Maps = true, Targets = ElementType.UInt8, Weights = ElementType.Float32 };
        EveryCallFails(driver, new ScriptedCompiler(), (code, codeName), provider => new DeviceProblem().Forward(provider), provider =>
        {
            large.Backward(provider, large.Forward(provider));
            return [];
        });
    }

    [Fact]
    public void PassesOnAnotherDevice_AnyCallFails_IsNamedAndLeavesNothing() => EveryCallFails(
        EmulatedDevice.Driver, new EmulatedCompiler(), (2, "CUDA_ERROR_OUT_OF_MEMORY"), provider => LossAndGradient(provider, _run, device: 0), provider => LossAndGradient(provider, _run, device: 1));

    [Fact]
    public void Dispose_AnyCallFails_TheNextGivesBackWhatIsLeft() => EveryCallFails(
        EmulatedDevice.Driver,
        new EmulatedCompiler(),
        (900, "CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED"),
        provider =>
        {
            LossAndGradient(provider, _run, device: 0);
            LossAndGradient(provider, _run, device: 1);
        },
        provider =>
        {
            provider.Dispose();
            return [];
        });

    public void Dispose()
    {
        EmulatedDevice.Reset();
        _run.Dispose();
    }

    private static void EveryCallFails(
        ICudaDriver driver, IKernelCompiler compiler, (int Code, string Name) failure, Action<CudaProvider> before, Func<CudaProvider, double[]> act)
    {
        nint contextBefore = driver.CurrentContext;
        double[]? expected = null;
        for (int failing = -1, calls = 0; failing < calls; failing++)
        {
            var counted = new CountedDriver(driver);
            var provider = new CudaProvider(counted, compiler, new DiskCache(null));
            before(provider);
            counted.Calls.Clear();
            (counted.Failing, counted.Failure) = (failing, failure);
            double[]? made = null;
            Exception? heard = Record.Exception(() => { made = act(provider); });
            if (failing < 0) (calls, expected) = (counted.Calls.Count, made);
            counted.Failing = -1;

            // Nobody hears of a context that does not come back: another call may be what has failed.
            string failed = failing < 0 ? "" : counted.Calls[failing];
            if (heard is CudaException known) Assert.Equal((failed, failure.Code), (known.Call, known.Code));
            else if (heard is not null) Assert.Contains($"{failed} failed: {failure.Name}", Assert.IsType<NotSupportedException>(heard).Message, StringComparison.Ordinal);
            else Assert.True(failed is "" or "SetCurrent", failed);
            if (heard is not null) Assert.Equal(contextBefore, driver.CurrentContext);
            driver.CurrentContext = contextBefore;

            Assert.Equal(expected, act(provider));
            provider.Dispose();
            Assert.Equal((failed, 0), (failed, counted.Left));
        }
    }

    private static double[] LossAndGradient(CudaProvider provider, CaseRun run, int device)
    {
        DiceTargets targets = new(OnDevice(run.Labels)) { VoxelWeights = run.Weights is { } weights ? OnDevice(weights) : default };
        DiceResult result = Dice.Forward(OnDevice(run.Logits), targets, run.Case.Options, provider);
        run.Gradient.Erase();
        Dice.Backward(result, OnDevice(run.Logits), targets, default, OnDevice(run.Gradient), provider: provider);
        using (new Runtime.ContextScope(EmulatedDevice.Driver, EmulatedDevice.Driver.PrimaryContext(device))) EmulatedDevice.Driver.Synchronize(0);
        return [result.Loss, .. run.Gradient.Numbers()];

        TensorDescriptor OnDevice(TensorBuffer tensor) => new(tensor.Address, Device.Cuda(device), tensor.Type, tensor.Shape);
    }
}
