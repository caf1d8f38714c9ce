using System.Globalization;
using DiceLoss.Testing;
using Xunit;

namespace DiceLoss.Trust.Figures.Poisoned;

/// <summary>A case of three samples; the middle one gets logits that are not finite, one voxel at a time.</summary>
internal sealed class PoisonedSample : IDisposable
{
    private readonly IDiceProvider _provider;
    private readonly KnownBits _known;
    private readonly double[] _logits;
    private readonly double[] _targets;
    private readonly DiceResult _sound;
    private readonly double[] _soundGradient;

    public PoisonedSample(IDiceProvider provider, Case what)
    {
        _provider = provider;
        _known = new KnownBits(what, provider);
        (_sound, _soundGradient) = _known.Compute();
        (_logits, _targets) = (_known.Run.Logits.Numbers(), _known.Run.Labels.Numbers());
    }

    private Case What => _known.Run.Case;

    private int Channels => What.Channels;

    private int PerSample => Channels * (int)What.Voxels;

    /// <summary>Whether a loss takes logarithms of probabilities.</summary>
    public static bool HasTerm(DiceOptions options) => options.CrossEntropy is not null || options.Focal is not null;

    /// <summary>Every value in every channel of a voxel, and -inf in all of them; fails if one does not give what docs/numerics.md says.</summary>
    /// <param name="voxel">Which voxel.</param>
    /// <returns>How many cases that is.</returns>
    public int JudgeAll(int voxel)
    {
        int count = 0;
        for (int channel = 0; channel < Channels; channel++)
        {
            foreach (double value in (double[])[double.NaN, double.PositiveInfinity, double.NegativeInfinity])
            {
                Judge([channel], voxel, value);
                count++;
            }
        }

        if (Channels == 1) return count;
        Judge([.. Enumerable.Range(0, Channels)], voxel, double.NegativeInfinity);
        return count + 1;
    }

    public void Dispose() => _known.Dispose();

    private void Judge(int[] poisoned, int voxel, double value)
    {
        string name = string.Create(CultureInfo.InvariantCulture, $"{value} in channels {string.Join(' ', poisoned)} at voxel {voxel}, {What}");
        double[] edited = [.. _logits];
        foreach (int channel in poisoned) edited[Index(channel, voxel)] = value;
        _known.Run.Logits.Write(edited);
        (DiceResult result, double[] gradient) = _known.Compute();
        foreach (int n in (int[])[0, 2])
        {
            Range own = (n * PerSample)..((n + 1) * PerSample);
            ErrorRule.SameBits([_sound.Losses[n]], [result.Losses[n]], $"{name}: loss of sample {n}");
            ErrorRule.SameBits(_soundGradient[own], gradient[own], $"{name}: gradient of sample {n}");
        }

        double[] middle = gradient[PerSample..(2 * PerSample)];
        bool isProbability = !IsNotANumber(poisoned.Length, value), isLossFinite = isProbability && !HasInfiniteTerm(poisoned, voxel, value);
        Assert.True(isLossFinite ? double.IsFinite(result.Losses[1]) : double.IsNaN(result.Losses[1]), $"{name}: the loss is {result.Losses[1]}.");
        for (int i = 0; i < middle.Length; i++)
        {
            bool isSpoilt = !isProbability && (What.Options.OverlapWeight > 0 || IsSpoilt(poisoned, voxel, i));
            Assert.True(isSpoilt ? double.IsNaN(middle[i]) : double.IsFinite(middle[i]), $"{name}: the gradient at {i} of the sample is {middle[i]}.");
        }

        if (!isProbability || HasTerm(What.Options)) return;
        Conformity.Check(_provider, _known.Run);
        foreach (int channel in poisoned) Assert.True(middle[Index(channel, voxel) - PerSample] == 0, $"{name}: the gradient there is {middle[Index(channel, voxel) - PerSample]}.");
    }

    // The table of docs/numerics.md.
    private bool IsNotANumber(int poisoned, double value) => What.Activation switch
    {
        _ when double.IsNaN(value) => true,
        Activation.Sigmoid => false,
        Activation.None => true,
        _ when value > 0 => true,
        _ => Channels > 1 && poisoned == Channels,
    };

    // Below it, of terms alone: whether an element of the gradient meets what is no number in its own voxel, or with sigmoid itself.
    private bool IsSpoilt(int[] poisoned, int voxel, int element) =>
        element % What.Voxels == voxel && (What.Activation != Activation.Sigmoid || poisoned.Contains(element / (int)What.Voxels));

    // Likewise: whether a term takes the logarithm of a probability that is 0.
    private bool HasInfiniteTerm(int[] poisoned, int voxel, double value)
    {
        bool smoothed = What.Options.CrossEntropy?.LabelSmoothing > 0;
        return HasTerm(What.Options) && (smoothed || poisoned.Any(channel => IsTarget(channel, voxel) == value < 0));
    }

    private bool IsTarget(int channel, int voxel) => What.Targets == TargetKind.Maps
        ? _targets[Index(channel, voxel)] == 1
        : _targets[What.Voxels + voxel] == (Channels == 1 ? 1 : channel);

    // In the middle sample.
    private int Index(int channel, int voxel) => ((Channels + channel) * (int)What.Voxels) + voxel;
}
