using DiceLoss.Cuda.Native;

namespace DiceLoss.Cuda.Tests;

/// <summary>The name of a call that has failed.</summary>
public sealed class CallNameTests
{
    [Theory]
    [InlineData("cuStreamCreate(out nint stream, NonBlocking)", "cuStreamCreate")]
    [InlineData("NvrtcApi.nvrtcGetSupportedArchs(first)", "nvrtcGetSupportedArchs")]
    [InlineData("DriverApi.cuCtxSetCurrent(this.Context)", "cuCtxSetCurrent")]
    public void Of_Call_IsItsName(string expression, string name) => Assert.Equal(name, CallName.Of(expression));
}
