using DiceLoss.Cpu;
using DiceLoss.Testing;
using DiceLoss.Trust.Figures.Accuracy;

namespace DiceLoss.Trust.Figures.Size;

/// <summary>Every spatial rank, and numbers of classes from one to ten thousand.</summary>
/// <param name="provider">Who computes.</param>
internal sealed class RanksAndClasses(IDiceProvider? provider = null) : Figure
{
    private static readonly long[] s_spatial = [3, 2, 5, 2, 3, 7];

    private static readonly int[] s_classes = [1, 2, 17, 105, 725, 1000, 10_000];

    private static readonly VoxelTerm[] s_terms = Enum.GetValues<VoxelTerm>();

    public override string Name => "ranks-and-classes";

    public override string Held => "the error rule for spatial rank 0 to 6 and for K = 1, 2, 17, 105, 725, 1000, 10,000";

    public override string Method => "every rank in every layout, every K with every type of logits and voxel term, against the reference in double";

    public override Finding Measure(Budget budget)
    {
        int seed = 0;
        foreach (ElementType type in Cases.LogitsTypes)
        {
            for (int rank = 0; rank <= s_spatial.Length; rank++)
            {
                foreach (Layout layout in Enum.GetValues<Layout>()) Conformity.Check(provider ?? CpuProvider.Shared, OfRank(rank, type, layout, ++seed));
            }
        }

        // Types and terms in turns; with time, each with each.
        List<Errors> errors = [];
        int left = 0;
        foreach (int classes in s_classes)
        {
            for (int i = 0; i < s_terms.Length * Cases.LogitsTypes.Length; i++)
            {
                (int turn, int type) = Math.DivRem(i, Cases.LogitsTypes.Length);
                if (turn > 0 && budget.IsSpent) left++;
                else errors.Add(AccuracyRun.Measure(OfClasses(classes, Cases.LogitsTypes[type], s_terms[(turn + type) % s_terms.Length]), provider ?? CpuProvider.Shared));
            }
        }

        return Finding.Held($"{seed} cases of ranks within the rule. Of classes: {Errors.Text(errors)}") with
        {
            NotMeasured = left == 0 ? [] : [$"{left} of {left + errors.Count} pairs of type and term ({budget.Reason})"],
        };
    }

    private static Case OfRank(int rank, ElementType type, Layout layout, int seed) => new()
    {
        Shape = [2, 3, .. s_spatial[^rank..]],
        LogitsType = type,
        LogitsLayout = layout,
        LabelsLayout = layout,
        GradientLayout = layout == Layout.Expanded ? Layout.Contiguous : layout,
        Seed = seed,
    };

    // The reference takes time by the square of the classes.
    private static AccuracyCase OfClasses(int classes, ElementType type, VoxelTerm term)
    {
        var kernel = new Kernel(type, classes == 1 ? Activation.TwoClassSigmoid : Activation.Softmax, classes, Exponent: 1, term);
        return new AccuracyCase(kernel, Content.Random, Period: classes > 1000 ? 4 : 40, Repetitions: 1);
    }
}
