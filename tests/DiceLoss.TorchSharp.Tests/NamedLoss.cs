namespace DiceLoss.TorchSharp.Tests;

/// <summary>A loss that has a name of its own in TorchSharp: as a function, as a module, and in tensor operations.</summary>
/// <param name="Function">Ours, the functional form.</param>
/// <param name="Module">Ours, the module.</param>
/// <param name="Plain">The definition, as <see cref="PlainRival"/> takes it.</param>
internal sealed record NamedLoss(
    Func<Tensor, Tensor, NamedLoss.Arguments, Tensor> Function,
    Func<NamedLoss.Arguments, DiceLossModule> Module,
    Func<PlainSums, Tensor, double, Tensor> Plain)
{
    /// <summary>All of them, with and without arguments of their own.</summary>
    public static IReadOnlyDictionary<string, NamedLoss> All { get; } = new Dictionary<string, NamedLoss>
    {
        ["jaccard"] = new(
            (x, y, a) => nn.functional.jaccard_loss(
                x, y, weight: a.Weight, ignore_channel: a.IgnoreChannel, ignore_label: a.IgnoreLabel, smooth: a.Smooth, reduction: a.Reduction),
            a => nn.JaccardLoss(a.Weight, a.IgnoreChannel, a.IgnoreLabel, a.Smooth, a.Reduction),
            (s, _, smooth) => 1 - ((s.Intersection + smooth) / (s.PredictionMass + s.LabelMass - s.Intersection + smooth))),
        ["tversky"] = new(
            (x, y, a) => nn.functional.tversky_loss(
                x, y, weight: a.Weight, ignore_channel: a.IgnoreChannel, ignore_label: a.IgnoreLabel, smooth: a.Smooth, reduction: a.Reduction),
            a => nn.TverskyLoss(0.3, 0.7, a.Weight, a.IgnoreChannel, a.IgnoreLabel, a.Smooth, a.Reduction),
            (s, _, smooth) => 1 - Tversky(s, 0.3, 0.7, smooth)),
        ["tversky 1.5 0.25"] = new(
            (x, y, a) => nn.functional.tversky_loss(x, y, 1.5, 0.25, a.Weight, a.IgnoreChannel, a.IgnoreLabel, a.Smooth, a.Reduction),
            a => nn.TverskyLoss(1.5, 0.25, a.Weight, a.IgnoreChannel, a.IgnoreLabel, a.Smooth, a.Reduction),
            (s, _, smooth) => 1 - Tversky(s, 1.5, 0.25, smooth)),
        ["focal tversky"] = new(
            (x, y, a) => nn.functional.focal_tversky_loss(
                x, y, weight: a.Weight, ignore_channel: a.IgnoreChannel, ignore_label: a.IgnoreLabel, smooth: a.Smooth, reduction: a.Reduction),
            a => nn.FocalTverskyLoss(0.3, 0.7, 4.0 / 3, a.Weight, a.IgnoreChannel, a.IgnoreLabel, a.Smooth, a.Reduction),
            (s, _, smooth) => (1 - Tversky(s, 0.3, 0.7, smooth)).clamp(min: 0).pow(4.0 / 3)),
        ["focal tversky 0.6 0.8 0.75"] = new(
            (x, y, a) => nn.functional.focal_tversky_loss(x, y, 0.6, 0.8, 0.75, a.Weight, a.IgnoreChannel, a.IgnoreLabel, a.Smooth, a.Reduction),
            a => nn.FocalTverskyLoss(0.6, 0.8, 0.75, a.Weight, a.IgnoreChannel, a.IgnoreLabel, a.Smooth, a.Reduction),
            (s, _, smooth) => (1 - Tversky(s, 0.6, 0.8, smooth)).clamp(min: 0).pow(0.75)),
        ["generalized dice"] = new(
            (x, y, a) => nn.functional.generalized_dice_loss(
                x, y, weight: a.Weight, ignore_channel: a.IgnoreChannel, ignore_label: a.IgnoreLabel, smooth: a.Smooth, reduction: a.Reduction),
            a => nn.GeneralizedDiceLoss(
                ClassPooling.InverseSquaredLabelMass, a.Weight, a.IgnoreChannel, a.IgnoreLabel, a.Smooth, a.Reduction),
            (s, weights, smooth) => GeneralizedDice(s, weights, 2, smooth)),
        ["generalized dice simple"] = new(
            (x, y, a) => nn.functional.generalized_dice_loss(
                x, y, ClassPooling.InverseLabelMass, a.Weight, a.IgnoreChannel, a.IgnoreLabel, a.Smooth, a.Reduction),
            a => nn.GeneralizedDiceLoss(ClassPooling.InverseLabelMass, a.Weight, a.IgnoreChannel, a.IgnoreLabel, a.Smooth, a.Reduction),
            (s, weights, smooth) => GeneralizedDice(s, weights, 1, smooth)),
        ["generalized dice uniform"] = new(
            (x, y, a) => nn.functional.generalized_dice_loss(
                x, y, ClassPooling.Uniform, a.Weight, a.IgnoreChannel, a.IgnoreLabel, a.Smooth, a.Reduction),
            a => nn.GeneralizedDiceLoss(ClassPooling.Uniform, a.Weight, a.IgnoreChannel, a.IgnoreLabel, a.Smooth, a.Reduction),
            (s, weights, smooth) => GeneralizedDice(s, weights, 0, smooth)),
    };

    /// <summary>The loss in tensor operations.</summary>
    public Tensor PlainLoss(Tensor x, Tensor y, Arguments a)
    {
        var options = new DiceOptions
        {
            ClassWeights = a.Weight is null ? null : ClassWeights.Create(Closeness.Values(a.Weight)),
            IgnoreChannel = a.IgnoreChannel,
            IgnoreLabel = a.IgnoreLabel,
            Reduction = a.Reduction,
        };
        return PlainRival.Loss(x, y, options, (sums, weights) => Plain(sums, weights, a.Smooth));
    }

    private static Tensor Tversky(PlainSums s, double alpha, double beta, double smooth) =>
        (s.Intersection + smooth) / (s.Intersection + (alpha * s.FalsePositives) + (beta * s.FalseNegatives) + smooth);

    private static Tensor GeneralizedDice(PlainSums s, Tensor weights, int power, double smooth)
    {
        Tensor present = s.LabelMass > 0, takesPart = (weights > 0).expand_as(present);
        Tensor volume = where(present, s.LabelMass, ones_like(s.LabelMass)).pow(-power);
        Tensor largest = where(present.logical_and(takesPart), volume, zeros_like(volume)).amax([1L], keepdim: true);
        Tensor w = weights * (power == 0 ? volume : where(present, volume, largest));
        return 1 - (((2 * (w * s.Intersection).sum([1L])) + smooth) / ((w * (s.PredictionMass + s.LabelMass)).sum([1L]) + smooth));
    }

    /// <summary>What all of them take.</summary>
    internal sealed record Arguments
    {
        public Tensor? Weight { get; init; }

        public int IgnoreChannel { get; init; } = -1;

        public long IgnoreLabel { get; init; } = -1;

        public double Smooth { get; init; }

        public DiceReduction Reduction { get; init; }
    }
}
