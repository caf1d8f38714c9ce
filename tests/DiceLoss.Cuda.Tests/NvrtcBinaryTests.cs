using System.Text;
using DiceLoss.Cuda.Compilation;

namespace DiceLoss.Cuda.Tests;

/// <summary>The machine code that NVRTC makes, where the machine has it: what a device whose architecture it knows is given.</summary>
public sealed class NvrtcBinaryTests
{
    private const int Oldest = PrecompiledKernels.Architecture;

    [Fact]
    public void Compile_EveryKernel_IsMachineCodeWithTheFunction()
    {
        SkipWithoutNvrtc();
        foreach (KernelName name in Enum.GetValues<KernelName>()) AssertMachineCode(name, NvrtcCompiler.Architectures[^1]);
    }

    [Fact]
    public void Compile_EveryArchitecture_IsMachineCode()
    {
        SkipWithoutNvrtc();
        foreach (int architecture in NvrtcCompiler.Architectures.Where(known => known >= Oldest)) AssertMachineCode(KernelName.Store, architecture);
    }

    private static void AssertMachineCode(KernelName name, int architecture)
    {
        byte[] image = Bindings.Compiler.Compile(KernelSources.Of(name, new DeviceProblem().ForSums()), architecture, isBinary: true);
        Assert.Equal("\u007FELF"u8, image.AsSpan(0, 4));
        Assert.True(image.AsSpan().IndexOf(Encoding.ASCII.GetBytes($".text.{KernelSources.FunctionName(name)}\0")) > 0, $"{name} for {architecture} has no function.");
    }

    private static void SkipWithoutNvrtc()
    {
        if (!Bindings.Compiler.IsAvailable(out string? reason)) Assert.Skip(reason);
    }
}
