namespace DiceLoss;

/// <summary>The sums of a region: a class of a sample, or several classes or samples added up.</summary>
/// <param name="Intersection">I = sum w p t; in the minimum form sum w min(p, t).</param>
/// <param name="PredictionMass">P = sum w p^e.</param>
/// <param name="LabelMass">T = sum w t; for soft targets sum w t^e.</param>
/// <param name="VoxelMass">M = sum w, over the voxels that count.</param>
public readonly record struct RegionSums(double Intersection, double PredictionMass, double LabelMass, double VoxelMass)
{
    /// <summary>Adds a multiple of another region's sums.</summary>
    /// <param name="weight">The factor.</param>
    /// <param name="other">The other region's sums.</param>
    /// <returns>The sums of both.</returns>
    public RegionSums Plus(double weight, RegionSums other) => new(
        Intersection + (weight * other.Intersection),
        PredictionMass + (weight * other.PredictionMass),
        LabelMass + (weight * other.LabelMass),
        VoxelMass + (weight * other.VoxelMass));
}
