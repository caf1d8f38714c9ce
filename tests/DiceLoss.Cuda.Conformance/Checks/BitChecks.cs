using DiceLoss.Cuda.Conformance.OnDevice;
using DiceLoss.Testing;

namespace DiceLoss.Cuda.Conformance.Checks;

/// <summary>The same bits in every run, on every stream and from every provider.</summary>
internal static class BitChecks
{
    private static readonly Case[] s_cases =
    [
        new Case { Shape = [3, 5, 41_000], LabelsType = ElementType.UInt8 },
        new Case { Shape = [2, 105, 9000], LogitsType = ElementType.Float16 },
        new Case { Shape = [20, 3, 2100], LogitsLayout = Layout.ChannelsLast, GradientLayout = Layout.ChannelsLast },
        new Case
        {
            Shape = [20, 2, 5000],
            LogitsType = ElementType.Float64,
            Targets = TargetKind.Maps,
            LabelsType = ElementType.Int16,
            WeightsType = ElementType.Float16,
            Options = new DiceOptions { Activation = Activation.Sigmoid, Focal = new Focal(), HardPrediction = HardPrediction.Threshold },
        },
    ];

    public static IEnumerable<Check> All => s_cases.Select(what => new Check($"same bits: {what}", session => AreTheSame(session, what)));

    private static void AreTheSame(Session session, Case what)
    {
        using var run = new DeviceRun(session, what);
        using var stream = new CudaStream();
        double[] expected = run.Bits(0);
        for (int i = 0; i < session.Rounds; i++) ErrorRule.SameBits(expected, run.Bits(i % 2 == 0 ? stream.Handle : 0), $"{what}, round {i}");
        using CudaProvider other = session.NewProvider();
        ErrorRule.SameBits(expected, run.Bits(0, other), $"{what}, another provider");
    }
}
