using DiceLoss.Testing;

namespace DiceLoss.Trust.Figures.Accuracy;

/// <summary>One case: the truth in double, what a provider computes, and what the plain composition does.</summary>
/// <remarks>
/// However many voxels there are, the truth costs one period: a voxel that is there r times is a voxel with weight r, and each of its
/// copies has 1/r of the gradient.
/// </remarks>
internal sealed class AccuracyRun
{
    private readonly AccuracyCase _what;
    private readonly Case _onePeriod;
    private readonly double[] _logits;
    private readonly double[] _targets;

    private AccuracyRun(AccuracyCase what)
    {
        (_what, _onePeriod) = (what, what.OnePeriod);
        long[] labels = what.MakeLabels();
        _logits = Array.ConvertAll(_onePeriod.MakeLogits(labels), value => Elements.Rounded(value, what.Kernel.Logits));
        _targets = what.Kernel.Targets == TargetKind.Maps
            ? Array.ConvertAll(_onePeriod.MakeMaps(labels), value => _onePeriod.LabelsType.IsFloatingPoint() ? Elements.Rounded(value, _onePeriod.LabelsType) : value)
            : Array.ConvertAll(labels, label => (double)label);
    }

    /// <summary>Measures a case.</summary>
    /// <returns>How far off both are.</returns>
    /// <exception cref="Xunit.Sdk.XunitException">The loss or the gradient is not within its bound.</exception>
    public static Errors Measure(AccuracyCase what, IDiceProvider provider)
    {
        var run = new AccuracyRun(what);
        (double loss, double[] gradient) = run.Truth();

        // So that gradients are about 1, whatever the number of voxels: else nothing would be left of them in 16 bits.
        double largest = run.Largest(gradient), factor = Math.Pow(2, -Math.Round(Math.Log2(largest)));
        double[] expected = Array.ConvertAll(gradient, value => value * factor);
        (double ours, double[] ourGradient) = run.Ours(provider, factor);

        double scale = Math.Max(1, Math.Abs(loss));
        ErrorRule.Losses([loss], [ours], null, what.Kernel.Logits.LossType(), scale, what.ToString());
        ErrorRule.Gradient(expected, ourGradient, null, what.Kernel.Logits, largest * factor, what.ToString());
        var errors = new Errors(what.Kernel.Logits, Math.Abs(ours - loss) / scale, ErrorRule.LargestError(expected, ourGradient) / (largest * factor));
        if (!what.Kernel.IsPlain || what.Kernel.Logits != ElementType.Float32) return errors;
        (double[] plain, double[] plainGradient) = Plain.Compute(
            run._onePeriod.Shape, run._logits, run.SpelledOut(), what.Kernel.Options, upstream: null, what.Repetitions);
        return errors with { PlainLoss = Math.Abs(plain[0] - loss) / scale, PlainGradient = ErrorRule.LargestError(gradient, plainGradient) / largest };
    }

    // Of every voxel of the period, and of the last one.
    private double[] Repetitions() => [.. Enumerable.Repeat((double)_what.Repetitions, _what.Period), 1];

    private (double Loss, double[] Gradient) Truth()
    {
        double[] repetitions = Repetitions();
        using var logits = TensorBuffer.Of(ElementType.Float64, _onePeriod.Shape, _logits);
        using var targets = TensorBuffer.Of(_onePeriod.LabelsType, _onePeriod.LabelsShape, _targets);
        using var weights = TensorBuffer.Of(ElementType.Float64, [1, repetitions.Length], repetitions);
        using var gradient = new TensorBuffer(ElementType.Float64, _onePeriod.Shape);
        DiceTargets weighted = new(targets.Descriptor) { VoxelWeights = weights.Descriptor };
        DiceResult result = Dice.Forward(logits.Descriptor, weighted, _what.Kernel.Options, ReferenceProvider.Shared);
        Dice.Backward(result, logits.Descriptor, weighted, default, gradient.Descriptor, provider: ReferenceProvider.Shared);
        return (result.Loss, [.. gradient.Numbers().Select((value, i) => value / repetitions[i % repetitions.Length])]);
    }

    // The largest gradient. Next to the minimum, where a single voxel can be and where probabilities have nothing that levels off, all gradients
    // cancel: there it is the largest sum of magnitudes that one is added up from.
    private double Largest(double[] gradient)
    {
        double largest = gradient.Max(Math.Abs);
        if (_what.Kernel.Activation != Activation.None && _what.Voxels > 1) return largest;
        ReferenceResult weighted = Reference.Compute(_onePeriod.Shape, _logits, SpelledOut(Repetitions()), _what.Kernel.Options);
        return Math.Max(largest, weighted.GradientMagnitude / _what.Repetitions);
    }

    private (double Loss, double[] Gradient) Ours(IDiceProvider provider, double factor)
    {
        bool areMaps = _what.Kernel.Targets == TargetKind.Maps;
        int channels = _what.Kernel.Channels;
        using RepeatedRows logits = Rows(_what.Kernel.Logits, channels, _logits), targets = Rows(_onePeriod.LabelsType, areMaps ? channels : 1, _targets);
        using var gradient = new RepeatedRows(_what.Kernel.Logits, channels, _what.Period, _what.Repetitions);
        using var upstream = TensorBuffer.Of(_what.Kernel.Logits.LossType(), [], [factor]);

        long[] shape = [1, channels, _what.Voxels], strides = [channels * logits.RowStride, logits.RowStride, 1];
        var x = new TensorDescriptor(logits.Address, Device.Cpu, _what.Kernel.Logits, shape, strides);
        DiceTargets y = new(areMaps
            ? new TensorDescriptor(targets.Address, Device.Cpu, _onePeriod.LabelsType, shape, strides)
            : new TensorDescriptor(targets.Address, Device.Cpu, _onePeriod.LabelsType, [1, _what.Voxels]));
        DiceResult result = Dice.Forward(x, y, _what.Kernel.Options, provider);
        Dice.Backward(
            result, x, y, upstream.Descriptor, new TensorDescriptor(gradient.Address, Device.Cpu, _what.Kernel.Logits, shape, strides), provider: provider);
        return (result.Loss, [.. Enumerable.Range(0, channels).SelectMany(gradient.Read)]);
    }

    private RepeatedRows Rows(ElementType type, int count, double[] values)
    {
        var rows = new RepeatedRows(type, count, _what.Period, _what.Repetitions);
        int length = _what.Period + 1;
        for (int row = 0; row < count; row++) rows.Write(row, values.AsSpan(row * length, length));
        return rows;
    }

    private ReferenceTargets SpelledOut(double[]? weights = null) => _what.Kernel.Targets == TargetKind.Maps
        ? ReferenceTargets.OfMaps(_onePeriod.Shape, _targets, _what.Kernel.Options, weights)
        : ReferenceTargets.OfLabels(_onePeriod.Shape, Array.ConvertAll(_targets, label => (long)label), _what.Kernel.Options, weights);
}
