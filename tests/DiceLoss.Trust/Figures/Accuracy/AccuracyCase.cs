using DiceLoss.Testing;

namespace DiceLoss.Trust.Figures.Accuracy;

/// <summary>A kernel, what its logits are like, and how many voxels there are: a period of them so many times, and one more.</summary>
internal sealed record AccuracyCase(Kernel Kernel, Content Content, int Period, long Repetitions)
{
    public long Voxels => (Period * Repetitions) + 1;

    /// <summary>One period and the last voxel, as a case that makes logits and targets.</summary>
    public Case OnePeriod => new()
    {
        Shape = [1, Kernel.Channels, Period + 1],
        LogitsType = Kernel.Logits,
        Targets = Kernel.Targets,
        LabelsType = Kernel.Targets == TargetKind.Maps ? Kernel.Exponent == 1 ? ElementType.Float32 : ElementType.Int8
            : Kernel.Channels > 256 ? ElementType.Int16 : ElementType.UInt8,
        OneHot = Kernel.Targets == TargetKind.Maps && Kernel.Exponent == 2,
        Spread = Content == Content.Constant ? 0 : 2,
        Margin = Content switch { Content.Confident => 12, Content.Certain => 24, _ => null },
        IgnoredShare = 0,
        Options = Kernel.Options,
        Seed = Period + (int)Content,
    };

    /// <summary>Its labels, or those that its maps are made of.</summary>
    public long[] MakeLabels()
    {
        long[] labels = OnePeriod.MakeLabels();
        if (Content != Content.SingleVoxelClass) return labels;
        long rare = OnePeriod.LabelLimit - 1;
        for (int v = 0; v < Period; v++) labels[v] = labels[v] == rare ? 0 : labels[v];
        labels[Period] = rare;
        return labels;
    }

    public override string ToString() => $"{Kernel}, {Content}, {Voxels} voxels";
}
