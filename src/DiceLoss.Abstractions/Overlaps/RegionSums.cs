namespace DiceLoss;

/// <summary>The sums of a region: a class of a sample, or several classes or samples added up.</summary>
/// <param name="Intersection">I = sum p*t.</param>
/// <param name="PredictionMass">P = sum p^e.</param>
/// <param name="LabelMass">T = sum t.</param>
/// <param name="Voxels">M: the voxels that count.</param>
public readonly record struct RegionSums(double Intersection, double PredictionMass, double LabelMass, double Voxels)
{
    /// <summary>Adds a multiple of another region's sums.</summary>
    /// <param name="weight">The factor.</param>
    /// <param name="other">The other region's sums.</param>
    /// <returns>The sums of both.</returns>
    public RegionSums Plus(double weight, RegionSums other) => new(
        Intersection + (weight * other.Intersection),
        PredictionMass + (weight * other.PredictionMass),
        LabelMass + (weight * other.LabelMass),
        Voxels + (weight * other.Voxels));
}
