using System.Globalization;

namespace DiceLoss.Bench.Inputs;

/// <summary>Element types, shape and layout of one problem, and the loss of it: what a benchmark is about, and its name in every table.</summary>
/// <param name="Logits">The type of logits and gradient.</param>
/// <param name="Labels">The type of the labels.</param>
/// <param name="Shape">(N, C, *spatial).</param>
/// <param name="ChannelsLast">Whether the channels of a voxel lie next to each other, instead of the voxels of a channel.</param>
/// <param name="CrossEntropy">Whether the loss is Dice and cross-entropy, instead of Dice alone.</param>
public sealed record ProblemShape(
    ElementType Logits, ElementType Labels, IReadOnlyList<long> Shape, bool ChannelsLast = false, bool CrossEntropy = false)
{
    /// <summary>The loss.</summary>
    public DiceOptions Options => CrossEntropy ? new DiceOptions { CrossEntropy = new DiceLoss.CrossEntropy() } : DiceOptions.Default;

    /// <summary>N * C * voxels of a sample.</summary>
    public long Elements => Shape.Aggregate((a, b) => a * b);

    /// <summary>C.</summary>
    public int Channels => (int)Shape[1];

    /// <summary>What labels count: C, or 2 for one channel.</summary>
    public int Classes => Math.Max(Channels, 2);

    /// <summary>N * voxels of a sample: one label each.</summary>
    public long Voxels => Elements / Channels;

    /// <summary>Bytes of the logits; the gradient has as many.</summary>
    public long LogitBytes => Elements * Logits.Size();

    /// <summary>Bytes of the labels.</summary>
    public long LabelBytes => Voxels * Labels.Size();

    /// <summary>(N, *spatial).</summary>
    public long[] LabelShape => [Shape[0], .. Shape.Skip(2)];

    /// <summary>Elements from one index to the next, per dimension of the logits.</summary>
    public long[] LogitStrides
    {
        get
        {
            var strides = new long[Shape.Count];
            long next = 1;
            int[] innermostFirst = [.. Enumerable.Range(0, Shape.Count).Reverse()];
            if (ChannelsLast) innermostFirst = [1, .. innermostFirst.Where(dimension => dimension != 1)];
            foreach (int dimension in innermostFirst)
            {
                strides[dimension] = next;
                next *= Shape[dimension];
            }

            return strides;
        }
    }

    /// <summary>The shape of a batch of cubes.</summary>
    /// <param name="logits">The type of logits and gradient.</param>
    /// <param name="labels">The type of the labels.</param>
    /// <param name="samples">N.</param>
    /// <param name="channels">C.</param>
    /// <param name="side">Voxels along each of three axes.</param>
    /// <returns>Types and shape.</returns>
    public static ProblemShape Cube(ElementType logits, ElementType labels, long samples, long channels, long side) =>
        new(logits, labels, [samples, channels, side, side, side]);

    /// <summary>For example <c>f32/u8 [8,5,100^3]</c>.</summary>
    public override string ToString() => $"{(CrossEntropy ? "with cross-entropy " : "")}{(ChannelsLast ? "channels-last " : "")}{Short(Logits)}/{Short(Labels)} [{string.Join(",", Lengths())}]";

    // A cube is written as one.
    private IEnumerable<string> Lengths()
    {
        long[] space = [.. Shape.Skip(2)];
        string[] written = space.Length > 1 && space.All(length => length == space[0])
            ? [Number(space[0]) + "^" + Number(space.Length)]
            : [.. space.Select(Number)];
        return [Number(Shape[0]), Number(Shape[1]), .. written];
    }

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Short(ElementType type) => type switch
    {
        ElementType.Float32 => "f32",
        ElementType.Float64 => "f64",
        ElementType.Float16 => "f16",
        ElementType.BFloat16 => "bf16",
        ElementType.Int8 => "i8",
        ElementType.UInt8 => "u8",
        ElementType.Int16 => "i16",
        ElementType.Int32 => "i32",
        ElementType.Int64 => "i64",
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "Not an element type."),
    };
}
