using System.Diagnostics.CodeAnalysis;

namespace DiceLoss.Cuda.Conformance;

/// <summary>A machine that has no compiler: kernels are those that DiceLoss.Cuda carries.</summary>
internal sealed class NoCompiler : IKernelCompiler
{
    public string Version => throw new NotSupportedException();

    public bool IsAvailable([NotNullWhen(false)] out string? reason)
    {
        reason = "Compiling is turned off.";
        return false;
    }

    public int ArchitectureFor(int capability) => throw new NotSupportedException();

    public byte[] Compile(KernelSource source, int architecture, bool isBinary = false) => throw new NotSupportedException();
}
