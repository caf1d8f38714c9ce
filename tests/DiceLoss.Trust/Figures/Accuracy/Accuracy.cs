using DiceLoss.Cpu;
using DiceLoss.Testing;

namespace DiceLoss.Trust.Figures.Accuracy;

/// <summary>Loss and gradient of every kernel against double, at one number of voxels.</summary>
/// <param name="size">The number, for the figure's name.</param>
/// <param name="voxels">The number in words.</param>
/// <param name="period">Voxels that are all different.</param>
/// <param name="repetitions">How often they are there, before one more.</param>
/// <param name="shortCases">How many cases of the pairwise list are measured without a budget.</param>
/// <param name="provider">Who computes.</param>
internal sealed class Accuracy(string size, string voxels, int period, long repetitions, int shortCases, IDiceProvider? provider = null) : Figure
{
    // But for probabilities that round to targets of 1, where min(p, t) has two slopes.
    private static readonly AccuracyCase[] s_all =
    [
        .. from kernel in Kernel.All
           from content in Enum.GetValues<Content>()
           where !kernel.Minimum || content != Content.Certain
           select new AccuracyCase(kernel, content, 0, 1),
    ];

    /// <summary>Every two of type, activation, exponent, voxel term, kind of target and content meet.</summary>
    private static readonly IReadOnlyList<AccuracyCase> s_pairwise = Pairwise.Of(
        s_all, what => what.Kernel.Logits, what => what.Kernel.Activation, what => what.Kernel.Exponent, what => what.Kernel.Term,
        what => (what.Kernel.Targets, what.Kernel.Minimum), what => what.Content);

    public override string Name => $"accuracy-{size}";

    public override string Held => "loss within 2^-22 of it or of 1, gradient within 2e-6 of the largest (of probabilities and of one voxel: of the terms that it is "
        + "added up from), then rounding to 16 bits; float64: 1e-12";

    public override string Method => $"every kernel against the reference in double, {voxels}; in brackets the plain composition in float32 of Dice alone";

    public override Finding Measure(Budget budget)
    {
        if (repetitions > 1 && !RepeatedRows.IsSupported) return Finding.Skipped("Pages are mapped again and again with Linux's calls.");
        AccuracyCase[] all = [.. s_pairwise, .. s_all.Except(s_pairwise)];
        List<Errors> errors = [];
        while (errors.Count < all.Length && (errors.Count < shortCases || !budget.IsSpent))
        {
            AccuracyCase what = all[errors.Count] with { Period = period, Repetitions = repetitions };
            errors.Add(AccuracyRun.Measure(what, provider ?? CpuProvider.Shared));
        }

        int left = all.Length - errors.Count;
        if (errors.Count == 0) return Finding.Skipped($"All {left} cases take long: {budget.Reason}.");
        return Finding.Held(Errors.Text(errors)) with
        {
            NotMeasured = left == 0 ? [] : [$"{left} of {all.Length} cases, the first {s_pairwise.Count} of which are a pairwise list ({budget.Reason})"],
        };
    }
}
