using System.Runtime.InteropServices;
using DiceLoss.Cuda.Native;
using DiceLoss.Cuda.Tests.Emulator;
using DiceLoss.Testing;

namespace DiceLoss.Cuda.Tests;

/// <summary>What is said of libraries that are not there, or too old.</summary>
public sealed class NativeLibraryTests
{
    private const string Variable = "DICELOSS_LIBRARY_OF_A_TEST";

    // One that every process has.
    private static readonly string s_library = Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), OperatingSystem.IsWindows() ? "clrjit.dll" : "libclrjit.so");

    [Fact]
    public void Load_NoneIsThere_TellsAllThatWereTried()
    {
        Assert.Equal(0, NativeLibraries.Load(Variable, ["libnone.so.9", "libnone.so.8"], out string? found, out string? tried));
        Assert.Null(found);
        Assert.Equal("libnone.so.9, libnone.so.8", tried);
    }

    [Fact]
    public void Load_VariableIsSet_TriesThatAlone()
    {
        try
        {
            Environment.SetEnvironmentVariable(Variable, "/nowhere/libnone.so");
            Assert.Equal(0, NativeLibraries.Load(Variable, [s_library], out string? found, out string? tried));
            Assert.Null(found);
            Assert.Equal($"/nowhere/libnone.so (from the environment variable {Variable})", tried);
            Environment.SetEnvironmentVariable(Variable, s_library);
            Assert.NotEqual(0, NativeLibraries.Load(Variable, ["libnone.so.9"], out found, out tried));
            Assert.Equal((s_library, null), (found, tried));
        }
        finally
        {
            Environment.SetEnvironmentVariable(Variable, null);
        }
    }

    [Fact]
    public void Missing_Driver_SaysWhatToInstall() => Assert.Equal(
        "Loading the CUDA driver failed: the system does not find libcuda.so.1. Install NVIDIA's driver, in a container start it with access to the device, or name the "
        + "library in the environment variable DICELOSS_CUDA; without a CUDA device, move the tensors to main memory.",
        NativeDriver.Missing("libcuda.so.1").Message);

    [Fact]
    public void TooOld_Driver_SaysWhichIsNeeded() => Assert.Equal(
        "cuDriverGetVersion failed: the driver is too old, it is for CUDA 10.2. Install a driver for CUDA 11 or newer (450.36 or newer), without NVRTC one for CUDA "
        + "11.8 or newer (520 or newer).",
        NativeDriver.TooOld("it is for CUDA 10.2").Message);

    // In a process of its own: in this one the driver is asked no more.
    [Fact]
    public async Task Supports_DriverTooOld_SaysSoUntilThereIsANewerOne()
    {
        EmulatedDevice.SkipUnlessThere();
        await ChildProcess.RunAsync(typeof(NativeLibraryTests), nameof(RefusesTheDriver));
    }

    internal void RefusesTheDriver()
    {
        EmulatedDevice.SkipUnlessThere();
        using var provider = new CudaProvider(NativeDriver.Instance);
        EmulatedDevice.Version(10020);
        Assert.False(provider.Supports(Device.Cuda(), ElementType.Float32, ElementType.Int64, out string? reason));
        Assert.Equal(NativeDriver.TooOld("it is for CUDA 10.2").Message, reason);
        Assert.Equal(
            "The provider 'cuda' does not take Float32 logits and Int64 targets on cuda:0. " + reason,
            Assert.Throws<NotSupportedException>(() => new DeviceProblem().Forward(provider)).Message);
        EmulatedDevice.Version(11000);
        Assert.True(provider.Supports(Device.Cuda(), ElementType.Float32, ElementType.Int64, out _));
    }

    // In a process of its own, whose driver is a library without its calls.
    [Fact]
    public async Task Supports_DriverWithoutACall_SaysThatItIsTooOld() => await ChildProcess.RunAsync(typeof(NativeLibraryTests), nameof(MissesACall));

    internal void MissesACall()
    {
        Environment.SetEnvironmentVariable("DICELOSS_CUDA", s_library);
        using var provider = new CudaProvider(NativeDriver.Instance);
        Assert.False(provider.Supports(Device.Cuda(), ElementType.Float32, ElementType.Int64, out string? reason));
        Assert.Equal(NativeDriver.TooOld("a call is missing").Message, reason);
    }

    [Fact]
    public void Missing_Nvrtc_SaysWhatToInstall() => Assert.StartsWith(
        "Loading NVRTC failed: the system does not find libnvrtc.so.12. Install NVRTC 11.2 or newer (", NvrtcCompiler.Missing("the system does not find libnvrtc.so.12").Message, StringComparison.Ordinal);
}
