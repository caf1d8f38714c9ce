using DiceLoss.Cuda.Compilation;
using DiceLoss.Cuda.Conformance.OnDevice;
using DiceLoss.Cuda.Runtime;
using DiceLoss.Cuda.Tests.Emulator;
using DiceLoss.Testing;

namespace DiceLoss.Cuda.Tests;

/// <summary>The binding of the driver and the provider over it, where calls fail: on the emulated driver, which fails as it is told.</summary>
public sealed class EmulatedDriverTests : IDisposable
{
    private static readonly Case s_case = new() { Shape = [2, 3, 5000] };

    private readonly CudaProvider _provider;
    private readonly CaseRun _run = new(s_case);

    public EmulatedDriverTests()
    {
        EmulatedDevice.SkipUnlessThere();
        EmulatedDevice.Reset();
        EmulatedDevice.Configure();
        _provider = new CudaProvider(EmulatedDevice.Driver, new EmulatedCompiler(), new DiskCache(null));
    }

    [Theory]
    [InlineData("cuDevicePrimaryCtxRetain", 2, "CUDA_ERROR_OUT_OF_MEMORY")]
    [InlineData(Bindings.LoadModule, 218, "CUDA_ERROR_INVALID_PTX")]
    [InlineData("cuModuleGetFunction", 500, "CUDA_ERROR_NOT_FOUND")]
    [InlineData("cuMemAlloc_v2", 2, "CUDA_ERROR_OUT_OF_MEMORY")]
    [InlineData("cuLaunchKernel", 400, "CUDA_ERROR_INVALID_HANDLE")]
    [InlineData("cuMemcpyDtoHAsync_v2", 1, "CUDA_ERROR_INVALID_VALUE")]
    [InlineData("cuStreamSynchronize", 719, "CUDA_ERROR_LAUNCH_FAILED")]
    [InlineData("cuMemAlloc_v2", 12345, "an unknown error")]
    public void Forward_CallFailsOnce_NamesItAndWorksAgain(string call, int code, string codeName)
    {
        EmulatedDevice.Fail(call, code);
        CudaException failure = Assert.Throws<CudaException>(Sums);
        Assert.Equal((call, code, codeName), (failure.Call, failure.Code, failure.CodeName));
        Assert.EndsWith(".", failure.Remedy, StringComparison.Ordinal);
        DiceSums sums = Sums();
        Assert.Equal(_run.Forward(ReferenceProvider.Shared).Sums[SumTerm.LabelMass, 1][2].Value, sums[SumTerm.LabelMass, 1][2].Value);
    }

    [Fact]
    public void Forward_KernelIsNotFoundInItsModule_ModuleIsUnloaded()
    {
        EmulatedDevice.Fail("cuModuleGetFunction", 2);
        Assert.Equal("cuModuleGetFunction", Assert.Throws<CudaException>(Sums).Call);
        Assert.Equal((1, 1), (EmulatedDevice.Calls(Bindings.LoadModule), EmulatedDevice.Calls("cuModuleUnload")));
    }

    [Fact]
    public void Forward_KernelIsNotFoundForGood_ThatIsHeardOf()
    {
        EmulatedDevice.Fail("cuModuleGetFunction", 719, isSticky: true);
        Assert.Equal("cuModuleGetFunction", Assert.Throws<CudaException>(Sums).Call);
    }

    [Fact]
    public void Forward_StickyError_FailsUntilTheProcessEnds()
    {
        EmulatedDevice.Fail("cuStreamSynchronize", 700, isSticky: true);
        Assert.Throws<CudaException>(Sums);
        CudaException failure = Assert.Throws<CudaException>(Sums);
        Assert.Equal("CUDA_ERROR_ILLEGAL_ADDRESS", failure.CodeName);
        EmulatedDevice.Reset();
        Sums();
    }

    // The driver refuses kernels, memory and streams of a device whose context is not current.
    [Fact]
    public void ForwardBackward_TwoDevices_HaveKernelsAndWorkspacesOfTheirOwn()
    {
        double[] expected = LossAndGradient(0);
        (int modules, int allocations) = (EmulatedDevice.Calls(Bindings.LoadModule), EmulatedDevice.Calls("cuMemAlloc_v2"));
        Assert.Equal(expected, LossAndGradient(1));
        Assert.Equal((2 * modules, 2 * allocations), (EmulatedDevice.Calls(Bindings.LoadModule), EmulatedDevice.Calls("cuMemAlloc_v2")));
        foreach (int device in (int[])[1, 0, 1]) Assert.Equal(expected, LossAndGradient(device));
        Assert.Equal((2 * modules, 2 * allocations), (EmulatedDevice.Calls(Bindings.LoadModule), EmulatedDevice.Calls("cuMemAlloc_v2")));
        Assert.Contains("CUDA_ERROR_INVALID_DEVICE", Assert.Throws<NotSupportedException>(() => LossAndGradient(2)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Forward_AddressThatIsNobodys_IsAnIllegalAddress()
    {
        CudaException failure = Assert.Throws<CudaException>(
            () => { Dice.Sums(new TensorDescriptor(0x1000, Device.Cuda(0), ElementType.Float32, s_case.Shape), Labels, null, _provider); });
        Assert.Equal("CUDA_ERROR_ILLEGAL_ADDRESS", failure.CodeName);
        Assert.Contains("which is not the device's", EmulatedDevice.Report, StringComparison.Ordinal);
        EmulatedDevice.Reset();
        Sums();
    }

    [Fact]
    public void Backward_AfterForward_NeitherWaitsNorAllocatesNorCopies()
    {
        DiceResult result = Dice.Forward(Logits, Labels, null, _provider);
        Dice.Backward(result, Logits, Labels, default, Gradient, provider: _provider);
        EmulatedDevice.Reset();
        Dice.Backward(result, Logits, Labels, default, Gradient, provider: _provider);
        Assert.Equal(2, EmulatedDevice.Calls("cuLaunchKernel"));
        foreach (string call in new[] { "cuMemAlloc_v2", "cuMemFree_v2", "cuMemcpyDtoHAsync_v2", "cuMemcpyHtoDAsync_v2", "cuStreamSynchronize", "cuModuleLoadData" })
        {
            Assert.Equal(0, EmulatedDevice.Calls(call));
        }
    }

    [Fact]
    public void Forward_ContextOfTheCaller_IsCurrentAfterwards()
    {
        nint before = EmulatedDevice.Driver.CurrentContext;
        Sums();
        Assert.Equal(before, EmulatedDevice.Driver.CurrentContext);
        EmulatedDevice.Driver.CurrentContext = EmulatedDevice.Driver.PrimaryContext(0);
        Sums();
        Assert.Equal(EmulatedDevice.Driver.PrimaryContext(0), EmulatedDevice.Driver.CurrentContext);
        EmulatedDevice.Driver.CurrentContext = before;
    }

    [Fact]
    public void Dispose_StreamThatIsGone_GivesBackItsMemory()
    {
        using (ContextScope scope = new(EmulatedDevice.Driver, EmulatedDevice.Driver.PrimaryContext(0)))
        {
            using var stream = new CudaStream();
            Dice.Forward(Logits, Labels, null, _provider, stream.Handle);
        }

        int before = EmulatedDevice.Calls("cuMemFree_v2");
        _provider.Dispose();
        Assert.Equal(before + 1, EmulatedDevice.Calls("cuMemFree_v2"));
    }

    // The driver takes nothing back from a thread without a context.
    [Fact]
    public void Dispose_TwoDevices_GivesBackWhatBothHave()
    {
        LossAndGradient(0);
        LossAndGradient(1);
        EmulatedDevice.Driver.CurrentContext = 0; // another test may have left one
        _provider.Dispose();
        Assert.Equal(EmulatedDevice.Calls("cuMemAlloc_v2"), EmulatedDevice.Calls("cuMemFree_v2"));
        Assert.Equal(EmulatedDevice.Calls(Bindings.LoadModule), EmulatedDevice.Calls("cuModuleUnload"));
    }

    public void Dispose()
    {
        EmulatedDevice.Reset();
        _provider.Dispose();
        _run.Dispose();
    }

    private TensorDescriptor Logits => OnDevice(_run.Logits);

    private TensorDescriptor Labels => OnDevice(_run.Labels);

    private TensorDescriptor Gradient => OnDevice(_run.Gradient);

    private static TensorDescriptor OnDevice(TensorBuffer tensor, int device = 0) => new(tensor.Address, Device.Cuda(device), tensor.Type, tensor.Shape);

    private double[] LossAndGradient(int device)
    {
        TensorDescriptor logits = OnDevice(_run.Logits, device), labels = OnDevice(_run.Labels, device);
        DiceResult result = Dice.Forward(logits, labels, null, _provider);
        _run.Gradient.Erase();
        Dice.Backward(result, logits, labels, default, OnDevice(_run.Gradient, device), provider: _provider);
        using (new ContextScope(EmulatedDevice.Driver, EmulatedDevice.Driver.PrimaryContext(device))) EmulatedDevice.Driver.Synchronize(0);
        return [result.Loss, .. _run.Gradient.Numbers()];
    }

    private DiceSums Sums() => Dice.Sums(Logits, Labels, null, _provider);
}
