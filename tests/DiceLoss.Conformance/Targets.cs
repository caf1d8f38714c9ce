namespace DiceLoss.Conformance;

/// <summary>What the library is given for the target and the mask of a case.</summary>
/// <param name="Kind">Labels (N, *spatial), or maps of the shape of the logits.</param>
/// <param name="Values">The numbers, row-major.</param>
/// <param name="AreSoft">Whether they are floating point; labels and masks are integers.</param>
/// <param name="VoxelWeights">The mask, (N or 1, *spatial); <see langword="null"/> if every voxel counts.</param>
/// <param name="BackgroundBesides">
/// For each sample, how many voxels are labelled as background that do not count otherwise; <see langword="null"/> for none.
/// </param>
internal sealed record Targets(TargetKind Kind, double[] Values, bool AreSoft, Tensor? VoxelWeights, double[]? BackgroundBesides);
