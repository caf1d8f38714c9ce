using System.Text.Json.Serialization;

namespace DiceLoss.Bench.Scorecard;

/// <summary>What was measured of one case, beside one rival. The rows of a case repeat its own figures; all are medians over rounds.</summary>
/// <param name="Case">The case.</param>
/// <param name="Threads">How many threads compute.</param>
/// <param name="ForwardMs">Forward in milliseconds.</param>
/// <param name="BackwardMs">Backward in milliseconds, into a gradient whose pages are there.</param>
/// <param name="ReadFloorMs">Reading logits and labels.</param>
/// <param name="CopyFloorMs">Copying the logits to the gradient, with the faster kind of store.</param>
/// <param name="ForwardOverRead">The ratio, from both times of the same round.</param>
/// <param name="BackwardOverCopy">The ratio, from both times of the same round.</param>
/// <param name="Rival">The rival; <see langword="null"/> where a case has none.</param>
/// <param name="RivalMs">The rival's forward and backward.</param>
/// <param name="Speedup">The rival's time over ours, forward and backward into a gradient that is there.</param>
/// <param name="ExtraBytes">
/// Peak resident memory of forward and backward, beyond what is there before; <see langword="null"/> where the system does not tell.
/// </param>
internal sealed record ScorecardRow(
    string Case,
    int Threads,
    double ForwardMs,
    double BackwardMs,
    double ReadFloorMs,
    double CopyFloorMs,
    double ForwardOverRead,
    double BackwardOverCopy,
    string? Rival,
    double? RivalMs,
    double? Speedup,
    long? ExtraBytes)
{
    /// <summary>Where the middle half of the ratios lies.</summary>
    public required double[] ForwardOverReadQuartiles { get; init; }

    /// <summary>Where the middle half of the ratios lies.</summary>
    public required double[] BackwardOverCopyQuartiles { get; init; }

    /// <summary>The kind of store of the copy.</summary>
    public required string CopyStore { get; init; }

    /// <summary>Managed memory that a forward and a backward allocate, by all threads.</summary>
    public required long ManagedBytes { get; init; }

    /// <summary>Native memory that the library keeps for the next call, once every thread has worked; <see langword="null"/> in results that lack it.</summary>
    public long? ScratchBytes { get; init; }

    /// <summary>What is taken besides logits, labels and gradient: both of these, or what is known of them.</summary>
    [JsonIgnore]
    public long? MemoryBytes => ExtraBytes + (ScratchBytes ?? 0);

    /// <summary>Forward and backward over those of the overlap loss alone, in the same rounds; <see langword="null"/> where the loss is no more than that.</summary>
    public double? OverOverlap { get; init; }

    /// <summary>Where the middle half of those ratios lies.</summary>
    public double[]? OverOverlapQuartiles { get; init; }

    /// <summary>Where the middle half of the speed-ups lies.</summary>
    public double[]? SpeedupQuartiles { get; init; }

    /// <summary>This library through <c>torch.nn.functional.dice_loss</c> and autograd, with a new gradient in every step, as the rivals have it.</summary>
    public double? TorchsharpMs { get; init; }

    /// <summary>The rival's time over that.</summary>
    public double? TorchsharpSpeedup { get; init; }
}
