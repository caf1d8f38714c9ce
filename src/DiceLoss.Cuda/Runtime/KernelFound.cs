using System.Runtime.InteropServices;

namespace DiceLoss.Cuda.Runtime;

/// <summary><c>Found</c> of <c>dice.cuh</c>: what is wrong with targets and weights, and where the first is.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct KernelFound
{
    public ulong Values;
    public ulong ValuePlace;
    public ulong Weights;
    public ulong WeightPlace;
    public long Value;
    public long Weight;

    /// <summary>Nothing yet; any place comes before those here.</summary>
    public static KernelFound Nothing => new() { ValuePlace = ulong.MaxValue, WeightPlace = ulong.MaxValue };

    /// <summary>The same in the contract's words.</summary>
    /// <param name="problem">The problem whose targets they are.</param>
    public readonly InvalidTargets ToInvalidTargets(in DiceProblem problem)
    {
        if (Values > 0)
        {
            int channels = problem.TargetKind == TargetKind.Maps ? problem.Channels : 1;
            (long row, long voxel) = Math.DivRem((long)ValuePlace, problem.Voxels);
            (long sample, long channel) = Math.DivRem(row, channels);
            return new InvalidTargets(TargetPart.Values, (long)Values, sample, (int)channel, voxel, Value);
        }

        if (Weights == 0) return default;
        (long sampleOfWeight, long voxelOfWeight) = Math.DivRem((long)WeightPlace, problem.Voxels);
        return new InvalidTargets(TargetPart.VoxelWeights, (long)Weights, sampleOfWeight, 0, voxelOfWeight, Weight);
    }
}
