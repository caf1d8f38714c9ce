namespace DiceLoss.Bench.Comparison;

/// <summary>What a training step's loss costs at one shape; all are medians over rounds.</summary>
/// <param name="Case">The logits' shape.</param>
/// <param name="FusedMs">Forward and backward of this library through TorchSharp, in milliseconds.</param>
/// <param name="OneHotMs">The plain composition's.</param>
/// <param name="FusedBytes">Peak resident memory of this library's step, gradient included, beyond what was there before.</param>
/// <param name="OneHotBytes">The plain composition's.</param>
/// <param name="LogitsBytes">The size of the logits, and of their gradient.</param>
internal sealed record ComparisonRow(string Case, double FusedMs, double OneHotMs, long FusedBytes, long OneHotBytes, long LogitsBytes);
