using System.Runtime.InteropServices;
using DiceLoss.Cuda.Compilation;

namespace DiceLoss.Cuda.Runtime;

/// <summary><c>Layout</c> of <c>dice.cuh</c>: where the voxels of a tensor lie, in elements; dimensions that follow each other without a gap are one.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct KernelLayout
{
    public long Sample;
    public long Channel;
    public fixed long Length[KernelConstants.MaxRank];
    public fixed long Stride[KernelConstants.MaxRank];
    public int Rank;

    /// <summary>Whether voxels that follow each other lie next to each other.</summary>
    public readonly bool IsContiguous => Rank == 1 && Stride[0] == 1;

    /// <summary>Takes over the layout of a tensor that has elements.</summary>
    /// <param name="tensor">The tensor; a dimension of length 1 has any stride.</param>
    /// <param name="firstDimension">Its first spatial dimension: 1, or 2 where it has channels.</param>
    /// <returns>Whether its dimensions come down to so few that there is room for them.</returns>
    public bool TryRead(in TensorDescriptor tensor, int firstDimension)
    {
        Sample = tensor.Shape[0] > 1 ? tensor.Stride(0) : 0;
        Channel = firstDimension > 1 && tensor.Shape[1] > 1 ? tensor.Stride(1) : 0;
        Rank = 0;
        for (int d = firstDimension; d < tensor.Rank; d++)
        {
            (long length, long stride) = (tensor.Shape[d], tensor.Stride(d));
            if (length == 1) continue;
            bool continues = Rank > 0 && Stride[Rank - 1] == length * stride;
            if (continues) length *= Length[--Rank];
            if (Rank == KernelConstants.MaxRank) return false;
            (Length[Rank], Stride[Rank]) = (length, stride);
            Rank++;
        }

        if (Rank == 0) (Length[0], Stride[0], Rank) = (1, 1, 1);
        return true;
    }
}
