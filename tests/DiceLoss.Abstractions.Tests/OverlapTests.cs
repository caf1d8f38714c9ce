using DiceLoss.Testing;

namespace DiceLoss.Abstractions.Tests;

/// <summary>Each overlap by itself: its derivatives, and what it is known to be.</summary>
public sealed class OverlapTests
{
    private static readonly Smoothing s_none = new(0, 0, 0);

    // Every overlap there is; a new one belongs here.
    public static TheoryData<Overlap> Overlaps() =>
        [Overlap.Dice, Overlap.Jaccard, Overlap.Matthews, Overlap.Tversky(0.3, 0.7), Overlap.Tversky(0, 2), Overlap.Tversky(1, 0)];

    [Fact]
    public void Overlaps_OfTheLibrary_AreAllTested()
    {
        Type[] all = [.. typeof(Overlap).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(Overlap)))];
        Type[] tested = [.. Overlaps().Select(row => row.Data.GetType())];
        Assert.All(all, type => Assert.Contains(type, tested));
    }

    [Theory]
    [MemberData(nameof(Overlaps))]
    public void Evaluate_AnySums_DerivativesAgreeWithCentralDifferences(Overlap overlap)
    {
        var random = new Random(1);
        for (int i = 0; i < 200; i++)
        {
            // I, P, T; intersection below both masses, both below the number of voxels.
            double[] point = [1 + (3 * random.NextDouble()), 5 + (20 * random.NextDouble()), 5 + (20 * random.NextDouble())];
            var smoothing = new Smoothing(i % 3 * random.NextDouble(), i % 2 * random.NextDouble(), i % 5 == 4 ? 100 : 0);
            OverlapValue value = overlap.Evaluate(new RegionSums(point[0], point[1], point[2], 50), smoothing);
            double[] differences = CentralDifferences.Of(point, () => overlap.Evaluate(new RegionSums(point[0], point[1], point[2], 50), smoothing).Score);
            Assert.Equal(differences[0], value.ByIntersection, 1e-10);
            Assert.Equal(differences[1], value.ByPredictionMass, 1e-10);
        }
    }

    [Fact]
    public void Evaluate_SumsBelowZeroWithoutALeastDenominator_AreAsTheFormulaSays()
    {
        // Logarithms instead of probabilities, as MONAI's own tests have them.
        OverlapValue value = Overlap.Dice.Evaluate(new RegionSums(-1, -8, 2, 10), s_none);
        Assert.Equal(1 / 3.0, value.Score, 1e-15);
        Assert.Equal(1 / 18.0, value.ByPredictionMass, 1e-15);
        Assert.Equal(-1 / 3.0, value.ByIntersection, 1e-15);
    }

    // As torch.clamp, which hands a gradient on where its input is the bound.
    [Fact]
    public void Evaluate_DenominatorAtItsLeast_IsNoConstant()
    {
        var sums = new RegionSums(1, 3, 5, 10);
        Assert.Equal(Overlap.Dice.Evaluate(sums, s_none), Overlap.Dice.Evaluate(sums, s_none with { MinDenominator = 8 }));
        Assert.Equal(new OverlapValue(2 / 8.5, 2 / 8.5, 0), Overlap.Dice.Evaluate(sums, s_none with { MinDenominator = 8.5 }));
    }

    [Theory]
    [MemberData(nameof(Overlaps))]
    public void Evaluate_NothingToFindAndNothingFound_IsNothing(Overlap overlap) =>
        Assert.Equal(OverlapValue.Nothing, overlap.Evaluate(new RegionSums(0, 0, 0, 10), s_none));

    [Fact]
    public void Matthews_EverythingToFindAndEverythingFound_IsNothing()
    {
        Assert.Equal(OverlapValue.Nothing, Overlap.Matthews.Evaluate(new RegionSums(10, 10, 10, 10), s_none));
        Assert.Equal(default, Overlap.Matthews.Evaluate(new RegionSums(4, 10, 4, 10), s_none));
        Assert.Equal(default, Overlap.Matthews.Evaluate(new RegionSums(4, 4, 10, 10), s_none));
    }

    [Theory]
    [MemberData(nameof(Overlaps))]
    public void Evaluate_PredictionIsTheLabels_IsOne(Overlap overlap) =>
        Assert.Equal(1, overlap.Evaluate(new RegionSums(4, 4, 4, 10), s_none).Score, 1e-15);

    [Fact]
    public void Evaluate_KnownCounts_GiveKnownScores()
    {
        // 3 true positives, 2 false positives, 1 false negative, 14 true negatives.
        var sums = new RegionSums(3, 5, 4, 20);
        Assert.Equal(6 / 9.0, Overlap.Dice.Evaluate(sums, s_none).Score, 1e-15);
        Assert.Equal(3 / 6.0, Overlap.Jaccard.Evaluate(sums, s_none).Score, 1e-15);
        Assert.Equal(3 / (3 + (0.2 * 2) + 0.7), Overlap.Tversky(0.2, 0.7).Evaluate(sums, s_none).Score, 1e-15);
        Assert.Equal(((3 * 14) - (2 * 1)) / Math.Sqrt(5.0 * 4 * 16 * 15), Overlap.Matthews.Evaluate(sums, s_none).Score, 1e-15);
    }

    [Fact]
    public void Tversky_EqualWeights_AreDiceAndJaccard()
    {
        var sums = new RegionSums(3, 5, 4, 20);
        OverlapValue dice = Overlap.Dice.Evaluate(sums, new Smoothing(1, 2, 0)), half = Overlap.Tversky(0.5, 0.5).Evaluate(sums, new Smoothing(0.5, 1, 0));
        OverlapValue jaccard = Overlap.Jaccard.Evaluate(sums, new Smoothing(1, 2, 0)), whole = Overlap.Tversky(1, 1).Evaluate(sums, new Smoothing(1, 2, 0));
        Assert.Equal(dice.Score, half.Score, 1e-15);
        Assert.Equal(dice.ByIntersection, half.ByIntersection, 1e-15);
        Assert.Equal(dice.ByPredictionMass, half.ByPredictionMass, 1e-15);
        Assert.Equal(jaccard.Score, whole.Score, 1e-15);
        Assert.Equal(jaccard.ByIntersection, whole.ByIntersection, 1e-15);
        Assert.Equal(jaccard.ByPredictionMass, whole.ByPredictionMass, 1e-15);
    }

    [Fact]
    public void Matthews_UndefinedCorrelation_IsZeroWithoutDerivatives()
    {
        Assert.Equal(default, Overlap.Matthews.Evaluate(new RegionSums(0, 3, 0, 10), s_none)); // no label
        Assert.Equal(default, Overlap.Matthews.Evaluate(new RegionSums(4, 10, 4, 10), s_none)); // all predicted
    }

    [Theory]
    [InlineData(-0.1, 1, "alpha")]
    [InlineData(1, double.NaN, "beta")]
    [InlineData(double.PositiveInfinity, 1, "alpha")]
    public void Tversky_BadWeight_IsNamed(double alpha, double beta, string name) =>
        Assert.Equal(name, Assert.Throws<ArgumentOutOfRangeException>(() => Overlap.Tversky(alpha, beta)).ParamName);
}
