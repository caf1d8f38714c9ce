using DiceLoss.Cpu;
using DiceLoss.Testing;
using DiceLoss.Trust.Figures.Accuracy;

namespace DiceLoss.Trust.Figures.Size;

/// <summary>More elements and voxels than 31 and than 32 bits count, forward and backward.</summary>
/// <param name="provider">Who computes.</param>
internal sealed class ManyElements(IDiceProvider? provider = null) : Figure
{
    private const int Period = 1 << 14;
    private const long PerChunk = RepeatedRows.Chunk / Period;

    // The smallest multiples of a chunk above 2^31 and 2^32 voxels, and of voxels of five channels above 2^32 elements.
    private static readonly AccuracyCase[] s_cases =
    [
        new(new Kernel(ElementType.BFloat16, Activation.TwoClassSigmoid, 1, 1, VoxelTerm.None), Content.SingleVoxelClass, Period, 4097 * PerChunk),
        new(new Kernel(ElementType.Float32, Activation.Softmax, 5, 1, VoxelTerm.CrossEntropy), Content.Random, Period, 820 * PerChunk),
        new(new Kernel(ElementType.Float32, Activation.TwoClassSigmoid, 1, 2, VoxelTerm.None), Content.Random, Period, 2049 * PerChunk),
        new(new Kernel(ElementType.Float16, Activation.Softmax, 5, 2, VoxelTerm.None), Content.SingleVoxelClass, Period, 4097 * PerChunk),
        new(new Kernel(ElementType.Float64, Activation.Sigmoid, 3, 1, VoxelTerm.Focal), Content.Random, Period, 2049 * PerChunk),
        new(new Kernel(ElementType.Float32, Activation.Sigmoid, 3, 2, VoxelTerm.None, TargetKind.Maps), Content.Random, Period, 4097 * PerChunk),
    ];

    private const int ShortCases = 1;

    public override string Name => "more-than-2-to-the-32";

    public override string Held => "the bounds of accuracy above 2^31 and 2^32 voxels and elements";

    public override string Method => "the accuracy of named cases in memory whose pages are mapped again and again, the gradient's too; in brackets the plain composition";

    public override Finding Measure(Budget budget)
    {
        if (!RepeatedRows.IsSupported) return Finding.Skipped("Pages are mapped again and again with Linux's calls.");
        List<Errors> errors = [];
        while (errors.Count < s_cases.Length && (errors.Count < ShortCases || !budget.IsSpent))
        {
            errors.Add(AccuracyRun.Measure(s_cases[errors.Count], provider ?? CpuProvider.Shared));
        }

        int left = s_cases.Length - errors.Count;
        return Finding.Held(Errors.Text(errors)) with { NotMeasured = left == 0 ? [] : [$"{left} of {s_cases.Length} cases ({budget.Reason})"] };
    }
}
