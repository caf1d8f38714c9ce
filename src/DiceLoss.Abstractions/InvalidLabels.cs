namespace DiceLoss;

/// <summary>What a provider found among labels that are neither a class nor the ignored label.</summary>
/// <param name="Count">How many voxels have such a label; 0 when all is well.</param>
/// <param name="Sample">The sample of the first, in memory order of a row-major tensor.</param>
/// <param name="Voxel">Its position among the voxels of that sample, row-major.</param>
/// <param name="Value">Its label.</param>
public readonly record struct InvalidLabels(long Count, long Sample, long Voxel, long Value)
{
    /// <summary>Joins what two parts of a problem have found.</summary>
    /// <param name="other">What the other part has found.</param>
    /// <returns>The sum of the counts, and the first voxel of both.</returns>
    public InvalidLabels Join(InvalidLabels other)
    {
        if (other.Count == 0) return this;
        if (Count == 0) return other;
        InvalidLabels first = (Sample, Voxel).CompareTo((other.Sample, other.Voxel)) <= 0 ? this : other;
        return first with { Count = Count + other.Count };
    }
}
