namespace DiceLoss.Bench.Scaling;

/// <summary>What was measured at one size; medians over rounds.</summary>
/// <param name="Series">The curve that it is on.</param>
/// <param name="Voxels">Voxels of the one sample.</param>
/// <param name="Classes">Classes.</param>
/// <param name="Threads">How many threads compute.</param>
/// <param name="ForwardMs">Forward in milliseconds.</param>
/// <param name="BackwardMs">Backward in milliseconds.</param>
/// <param name="ReadFloorMs">Reading logits and labels.</param>
/// <param name="CopyFloorMs">Copying the logits to the gradient.</param>
/// <param name="ForwardOverRead">The ratio, from both times of the same round.</param>
/// <param name="BackwardOverCopy">The ratio, from both times of the same round.</param>
/// <param name="InPlace">Whether the gradient overwrote the logits, because there was no memory for both. The copy then is one onto itself.</param>
internal sealed record ScalingRow(
    string Series,
    long Voxels,
    int Classes,
    int Threads,
    double ForwardMs,
    double BackwardMs,
    double ReadFloorMs,
    double CopyFloorMs,
    double ForwardOverRead,
    double BackwardOverCopy,
    bool InPlace)
{
    /// <summary>Where the middle half of the ratios lies.</summary>
    public required double[] ForwardOverReadQuartiles { get; init; }

    /// <summary>Where the middle half of the ratios lies.</summary>
    public required double[] BackwardOverCopyQuartiles { get; init; }
}
