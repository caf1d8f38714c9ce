namespace DiceLoss.Abstractions.Tests;

public sealed class DeviceTests
{
    [Fact]
    public void ToString_KnownKinds_AreShort()
    {
        Assert.Equal("cpu", Device.Cpu.ToString());
        Assert.Equal("cuda:3", Device.Cuda(3).ToString());
    }
}
