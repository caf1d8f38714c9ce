using DiceLoss.Testing;

namespace DiceLoss.Cuda.Conformance.Checks;

/// <summary>Logits that are no numbers: they show in their sample, and nowhere else. Those that are as large or as small as can be have a loss like any.</summary>
internal static class NotFiniteChecks
{
    private const int Voxels = 301, Place = 200;

    private static readonly int[] s_channels = [1, 3, 17];

    public static IEnumerable<Check> All =>
    [
        .. from value in (double[])[double.NaN, double.PositiveInfinity] from channels in s_channels select Of(value, channels, MakesItsSampleNaN),
        .. from value in (double[])[double.NegativeInfinity, 3e38] from channels in s_channels select Of(value, channels, HasALoss),
    ];

    private static Check Of(double value, int channels, Action<Session, Case, double> holds)
    {
        var what = new Case
        {
            Shape = [2, channels, Voxels],
            Seed = 5,
            IgnoredShare = 0,
            Options = new DiceOptions { Reduction = DiceReduction.None, Smooth = 1 },
        };
        return new Check($"not finite {value}: {what}", session => holds(session, what, value));
    }

    private static void MakesItsSampleNaN(Session session, Case what, double value)
    {
        int perSample = what.Channels * Voxels;
        IDiceProvider provider = session.OnHostTensors;
        using var clean = new CaseRun(what);
        using var run = new CaseRun(what, logits => logits[perSample + Place] = value);
        DiceResult expected = clean.Forward(provider), result = run.Forward(provider);
        Assert.Equal(expected.Losses[0], result.Losses[0]);
        Assert.True(double.IsNaN(result.Losses[1]), $"The loss is {result.Losses[1]}.");
        double[] gradient = run.Backward(provider, result);
        ErrorRule.SameBits(clean.Backward(provider, expected)[..perSample], gradient[..perSample], "gradient of the sound sample");
        Assert.True(gradient[perSample..].All(double.IsNaN), "The gradient holds numbers.");
    }

    private static void HasALoss(Session session, Case what, double value)
    {
        using var run = new CaseRun(what, logits => logits[(what.Channels * Voxels) + Place] = value);
        Conformity.Check(session.OnHostTensors, run);
    }
}
