using System.Runtime.InteropServices;

namespace DiceLoss.Cuda.Runtime;

/// <summary><c>Upstream</c> of <c>gradient.cu</c>: the factor of the gradient, where it lies.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct KernelUpstream
{
    public nint Numbers;
    public long Sample;
    public long ByClass;
    public int Type;

    /// <summary>Describes a scalar, one number per sample, or one per sample and class; with address 0, 1.</summary>
    public KernelUpstream(in TensorDescriptor upstream)
    {
        Numbers = upstream.Address;
        Sample = upstream.Rank > 0 ? upstream.Stride(0) : 0;
        ByClass = upstream.Rank > 1 ? upstream.Stride(1) : 0;
        Type = (int)upstream.ElementType;
    }
}
