using DiceLoss.Cuda;

namespace DiceLoss.TorchSharp.Tests;

/// <summary>Who computes, and what is said when nobody can.</summary>
public class ProviderChoiceTests
{
    [Fact]
    public void For_MainMemory_IsTheCpuProvider() =>
        Assert.Same(TorchThreads.Provider, ProviderChoice.For(Device.Cpu, ElementType.Float32, ElementType.Int64));

    [Fact]
    public void For_NoSuchCudaDevice_SaysWhatToDo()
    {
        var thrown = Assert.Throws<NotSupportedException>(() => ProviderChoice.For(Device.Cuda(99), ElementType.Float32, ElementType.UInt8));
        Assert.StartsWith(
            "Logits and targets are on cuda:99; move both with .cpu(), or see to what is missing. "
            + "No registered provider takes Float32 logits and UInt8 targets on cuda:99. ",
            thrown.Message, StringComparison.Ordinal);
        Assert.Contains(" cpu: It works in main memory, not on cuda:99.", thrown.Message, StringComparison.Ordinal);
        Assert.Matches(" cuda: (Loading the CUDA driver|cu[A-Za-z]+) failed: ", thrown.Message);
    }

    [Fact]
    public void For_AnyDevice_KnowsTheCudaProvider()
    {
        ProviderChoice.For(Device.Cpu, ElementType.Float32, ElementType.Int64);
        Assert.Contains(CudaProvider.Shared, DiceProviders.Registered);
    }

    [Fact]
    public void For_ForcedProvider_IsThatOne()
    {
        using var provider = new ScriptedProvider();
        Assert.Same(provider, ProviderChoice.For(Device.Cpu, ElementType.Float32, ElementType.Int64));
    }

    [Theory]
    [InlineData(DeviceType.CPU, -1, "cpu")]
    [InlineData(DeviceType.CUDA, 2, "cuda:2")]
    [InlineData(DeviceType.MPS, 0, null)]
    [InlineData(DeviceType.META, -1, null)]
    public void DeviceOf_EachKind_IsTheDeviceOrNone(DeviceType type, int index, string? expected) =>
        Assert.Equal(expected, TensorView.DeviceOf(type, index)?.ToString());

    [Fact]
    public void Current_MainMemory_HasNoStream() => Assert.Equal(0, CudaStream.Current(Device.Cpu));
}
