using DiceLoss.Cpu;
using DiceLoss.Testing;

namespace DiceLoss.Trust.Figures;

/// <summary>Every spatial rank and many numbers of classes against the reference in double.</summary>
internal sealed class Sizes : Figure
{
    private static readonly long[] s_spatial = [3, 2, 5, 2, 3, 7];

    private static readonly int[] s_classes = [1, 2, 17, 105, 725, 1000];

    public override string Name => "sizes";

    public override string Held => "rank 0 to 6 and 1 to 1000 classes within the error rule";

    public override string Method => "every rank, then every number of classes, with every type of logits, against the reference in double";

    public override Finding Measure(Budget budget)
    {
        int cases = 0;
        foreach (ElementType type in Cases.LogitsTypes)
        {
            for (int rank = 0; rank <= s_spatial.Length; rank++) Check([2, 3, .. s_spatial[^rank..]], type);
            foreach (int classes in s_classes) Check([1, classes, 37], type);
        }

        return Finding.Held($"{cases} cases, all within.");

        void Check(long[] shape, ElementType type) =>
            Conformity.Check(CpuProvider.Shared, new Case { Shape = shape, LogitsType = type, LabelsType = ElementType.Int32, Seed = ++cases });
    }
}
