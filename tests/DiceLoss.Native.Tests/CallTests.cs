using DiceLoss.Cuda;

namespace DiceLoss.Native.Tests;

public sealed unsafe class CallTests
{
    public static TheoryData<Exception, int, string> Failures => new()
    {
        { new ArgumentException("It is wrong.", "voxelWeights"), (int)Status.InvalidArgument, "voxel_weights: It is wrong." },
        { new ArgumentOutOfRangeException("logits", 5, "It is 5."), (int)Status.InvalidArgument, "logits: It is 5." },
        { new ArgumentException("It is wrong."), (int)Status.InvalidArgument, "It is wrong." },
        { new InvalidOperationException("Not now."), (int)Status.InvalidArgument, "Not now." },
        { new NotSupportedException("Not here."), (int)Status.NotSupported, "Not here." },
        { new PlatformNotSupportedException("Not on this."), (int)Status.NotSupported, "Not on this." },
        { new InsufficientMemoryException("No room."), (int)Status.OutOfMemory, "No room." },
        { new CudaException("cuMemAlloc_v2", 2, "CUDA_ERROR_OUT_OF_MEMORY", "Free some."), (int)Status.OutOfMemory, "cuMemAlloc_v2 failed: CUDA_ERROR_OUT_OF_MEMORY (2). Free some." },
        { new CudaException("cuLaunchKernel", 719, "CUDA_ERROR_LAUNCH_FAILED", "Start again."), (int)Status.CudaError, "cuLaunchKernel failed: CUDA_ERROR_LAUNCH_FAILED (719). Start again." },
        { new ArithmeticException("A mistake."), (int)Status.InternalError, "A mistake." },
    };

    [Theory]
    [MemberData(nameof(Failures), DisableDiscoveryEnumeration = true)]
    public void Run_WhatFails_BecomesAStatusAndAText(Exception failure, int status, string text)
    {
        Assert.Equal((Status)status, Call.Run(() => throw failure));
        Assert.Equal(text, new string((sbyte*)LastError.Text));
    }

    [Fact]
    public void Run_WhatSucceeds_LeavesTheErrorAsItIs()
    {
        Call.Run(() => throw new NotSupportedException("Before."));
        Assert.Equal(Status.Ok, Call.Run(() => { }));
        Assert.Equal("Before.", new string((sbyte*)LastError.Text));
    }
}
