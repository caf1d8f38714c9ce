using System.Numerics;
using System.Runtime.InteropServices;
using DiceLoss.Cuda.Compilation;

namespace DiceLoss.Cuda.Runtime;

/// <summary><c>Problem</c> of <c>dice.cuh</c>: what kernels work on.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct KernelProblem
{
    public nint Logits;
    public nint Targets;
    public nint Weights;
    public KernelLayout OfLogits;
    public KernelLayout OfTargets;
    public KernelLayout OfWeights;
    public long Samples;
    public long Voxels;
    public long SegmentsPerSample;
    public long TilesPerSegment;
    public long IgnoreLabel;
    public double FocalGamma;
    public int Channels;
    public int Exponent;
    public int FirstLabel;
    public int Log2Parts;
    public int TypeOfTargets;
    public int TypeOfWeights;
    public int Minimum;
    public int Hard;

    /// <summary>Describes a problem that has voxels.</summary>
    /// <param name="problem">The problem.</param>
    /// <param name="kernel">The kernel that works on it.</param>
    /// <exception cref="NotSupportedException">A tensor has too many dimensions that do not follow each other without a gap.</exception>
    public KernelProblem(in DiceProblem problem, in KernelSpecialisation kernel)
    {
        Logits = problem.Logits.Address;
        Targets = problem.Targets.Address;
        Weights = problem.VoxelWeights.Address;
        OfLogits = Layout(problem.Logits, 2, "logits");
        OfTargets = Layout(problem.Targets, problem.TargetKind == TargetKind.Maps ? 2 : 1, "targets");
        if (problem.HasVoxelWeights) OfWeights = Layout(problem.VoxelWeights, 1, "voxel weights");
        Samples = problem.Samples;
        Voxels = problem.Voxels;
        IgnoreLabel = problem.IgnoreLabel;
        FocalGamma = problem.FocalGamma;
        Channels = problem.Channels;
        Exponent = problem.Exponent;
        FirstLabel = problem.FirstLabel;
        Log2Parts = BitOperations.Log2((uint)kernel.Parts(problem.Channels));
        TypeOfTargets = (int)problem.Targets.ElementType;
        TypeOfWeights = problem.HasVoxelWeights ? (int)problem.VoxelWeights.ElementType : -1;
        Minimum = problem.Intersection == IntersectionForm.Minimum ? 1 : 0;
        Hard = (int)problem.HardPrediction;
    }

    /// <summary>The layout of a tensor.</summary>
    /// <param name="tensor">The tensor.</param>
    /// <param name="firstDimension">Its first spatial dimension.</param>
    /// <param name="name">What it is, for the message.</param>
    /// <exception cref="NotSupportedException">There are too many dimensions.</exception>
    public static KernelLayout Layout(in TensorDescriptor tensor, int firstDimension, string name)
    {
        var layout = default(KernelLayout);
        return layout.TryRead(tensor, firstDimension) ? layout : throw new NotSupportedException(
            $"On CUDA devices tensors have up to {KernelConstants.MaxRank} spatial dimensions, those that follow each other without a gap taken as one; the {name} have "
            + "more. Make them contiguous.");
    }
}
