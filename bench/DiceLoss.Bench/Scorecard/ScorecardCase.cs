using DiceLoss.Bench.Inputs;

namespace DiceLoss.Bench.Scorecard;

/// <summary>One line of the scorecard.</summary>
/// <param name="Shape">Types, shape and layout.</param>
/// <param name="Threads">How many threads compute: this library, the floors and the rivals alike.</param>
/// <param name="HasRivals">Whether rivals are measured, too.</param>
/// <param name="OverSpans">Whether the loss is called through the API over spans, instead of descriptors.</param>
internal sealed record ScorecardCase(ProblemShape Shape, int Threads, bool HasRivals = true, bool OverSpans = false)
{
    private const long QuickLength = 12;

    /// <summary>The name in every table.</summary>
    public string Name => $"{(OverSpans ? "spans " : "")}{(Shape.Channels == 1 ? "sigmoid " : "")}{Shape}";

    /// <summary>Memory at the height of the measurement: buffers, tensors and what a one-hot mask takes, nine times the logits or less.</summary>
    public long Bytes => (9 * Shape.LogitBytes) + (3 * Shape.LabelBytes);

    /// <summary>All lines of the scorecard.</summary>
    public static IReadOnlyList<ScorecardCase> All { get; } = Cases();

    /// <summary>The same with a volume that takes no time.</summary>
    public ScorecardCase Small() => this with
    {
        Shape = Shape with { Shape = [.. Shape.Shape.Take(2), .. Shape.Shape.Skip(2).Select(length => Math.Min(length, QuickLength))] },
    };

    // The order is that of the claims: the common case first, then fewer and more classes, other types, other layouts, a small volume.
    private static IReadOnlyList<ScorecardCase> Cases()
    {
        int all = Environment.ProcessorCount;
        ProblemShape patch = ProblemShape.Cube(ElementType.Float32, ElementType.Int64, 2, 3, 16);
        return
        [
            new(ProblemShape.Cube(ElementType.Float32, ElementType.Int64, 8, 5, 100), all),
            new(ProblemShape.Cube(ElementType.Float32, ElementType.UInt8, 8, 5, 100), all),
            new(ProblemShape.Cube(ElementType.Float32, ElementType.UInt8, 8, 5, 100) with { CrossEntropy = true }, all),
            new(ProblemShape.Cube(ElementType.Float32, ElementType.Int64, 8, 2, 100), all),
            new(ProblemShape.Cube(ElementType.Float32, ElementType.UInt8, 2, 16, 128), all),
            new(ProblemShape.Cube(ElementType.Float32, ElementType.UInt8, 1, 105, 128), all),
            new(ProblemShape.Cube(ElementType.BFloat16, ElementType.UInt8, 8, 5, 100), all, HasRivals: false),
            new(ProblemShape.Cube(ElementType.Float16, ElementType.UInt8, 8, 5, 100), all, HasRivals: false),
            new(ProblemShape.Cube(ElementType.Float64, ElementType.Int64, 2, 5, 100), all),
            new(ProblemShape.Cube(ElementType.Float32, ElementType.UInt8, 8, 1, 128), all),
            new(ProblemShape.Cube(ElementType.Float32, ElementType.UInt8, 8, 5, 100) with { ChannelsLast = true }, all, HasRivals: false),
            // Torch's threads sleep between steps this small, and waking them takes longer than the step: rivals have this one on one thread.
            new(patch, all, HasRivals: false),
            new(patch, Threads: 1, OverSpans: true),
        ];
    }
}
