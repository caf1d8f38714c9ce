namespace DiceLoss;

/// <summary>
/// The invalid targets that a provider has found: labels that are neither a class nor the ignored label, values of maps that are neither from
/// 0 to 1 nor the ignored label, weights that are negative or not finite.
/// </summary>
/// <param name="Part">Which tensor they are in; the other values describe this one alone.</param>
/// <param name="Count">How many there are; an invalid weight that applies to all samples counts once for each. 0 if there are none.</param>
/// <param name="Sample">The sample of the first invalid target, in row-major order.</param>
/// <param name="Channel">Its channel, for maps; otherwise 0.</param>
/// <param name="Voxel">Its position among the voxels of that sample and channel, row-major.</param>
/// <param name="Value">Its value: the integer or, for floating point, the bits of a double.</param>
public readonly record struct InvalidTargets(TargetPart Part, long Count, long Sample, int Channel, long Voxel, long Value)
{
    /// <summary>Combines what was found in two parts of a problem.</summary>
    /// <param name="other">What was found in the other part.</param>
    /// <returns>
    /// The sum of the counts, and the first invalid target of both; if they are in different tensors, what was found in <see cref="TargetPart.Values"/>.
    /// </returns>
    public InvalidTargets Join(InvalidTargets other)
    {
        if (other.Count == 0) return this;
        if (Count == 0) return other;
        if (Part != other.Part) return Part < other.Part ? this : other;
        InvalidTargets first = (Sample, Channel, Voxel).CompareTo((other.Sample, other.Channel, other.Voxel)) <= 0 ? this : other;
        return first with { Count = Count + other.Count };
    }
}
