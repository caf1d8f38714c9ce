using System.Numerics;
using DiceLoss.Bench.Inputs;

namespace DiceLoss.Bench.Scaling;

/// <summary>One size to measure at.</summary>
/// <param name="Series">The curve that it is on.</param>
/// <param name="Shape">Float32 logits, uint8 labels (int16 where there are more classes), one sample.</param>
internal sealed record ScalingPoint(string Series, ProblemShape Shape)
{
    /// <summary>The curve over the number of voxels, at two classes.</summary>
    public const string Voxels = "voxels";

    /// <summary>Curves over the number of classes: voxel counts that are powers of two put every channel at the same place in the caches.</summary>
    public const string PowerOfTwo = "classes, voxels a power of two";

    /// <summary>Voxel counts as volumes have them: channels lie aligned, and in different places.</summary>
    public const string MultipleOf64 = "classes, voxels a multiple of 64";

    /// <summary>Odd voxel counts: no channel but the first is aligned, and the last voxels fill no vector.</summary>
    public const string Odd = "classes, voxels odd";

    // Powers of two and their neighbours, odd numbers, and what people have.
    private static readonly int[] s_classes =
    [
        2, 3, 4, 5, 7, 8, 9, 12, 15, 16, 17, 24, 31, 32, 33, 48, 63, 64, 65, 105, 127, 128, 129, 200, 255, 256, 257, 363, 511, 512, 513, 725, 1000,
    ];

    /// <summary>From 10^3 to 10^9 voxels, two and a half to a decade.</summary>
    public static IReadOnlyList<ScalingPoint> OverVoxels(bool quick) =>
    [
        .. Enumerable.Range(0, quick ? 3 : 13).Select(half => new ScalingPoint(Voxels, Row((half % 2 == 0 ? 1 : 3) * Power(10, 3 + (half / 2)), 2))),
    ];

    /// <summary>From 2 to 1000 classes, with about the same number of elements throughout.</summary>
    public static IReadOnlyList<ScalingPoint> OverClasses(bool quick)
    {
        long elements = 1L << (quick ? 14 : 27);
        int[] classes = quick ? [2, 5, 9] : s_classes;
        return
        [
            .. classes.Select(k => new ScalingPoint(PowerOfTwo, Row((long)BitOperations.RoundUpToPowerOf2((ulong)(elements / k) / 2 + 1), k))),
            .. classes.Select(k => new ScalingPoint(MultipleOf64, Row(Math.Max(64, NoPowerOfTwo(elements / k / 64 * 64)), k))),
            .. classes.Select(k => new ScalingPoint(Odd, Row((elements / k) | 1, k))),
        ];
    }

    private static ProblemShape Row(long voxels, int classes) =>
        new(ElementType.Float32, classes <= 256 ? ElementType.UInt8 : ElementType.Int16, [1, classes, voxels]);

    private static long NoPowerOfTwo(long voxels) => BitOperations.IsPow2(voxels) ? voxels - 64 : voxels;

    private static long Power(long number, int exponent) => Enumerable.Repeat(number, exponent).Aggregate(1L, (a, b) => a * b);
}
