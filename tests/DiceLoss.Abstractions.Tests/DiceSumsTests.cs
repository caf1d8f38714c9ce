using System.Numerics;

namespace DiceLoss.Abstractions.Tests;

public sealed class DiceSumsTests
{
    [Fact]
    public void CompensatedSum_RandomNumbers_IsExactToTheLastBit()
    {
        // Integers of very different sizes, whose sum BigInteger knows.
        var random = new Random(1);
        for (int round = 0; round < 200; round++)
        {
            CompensatedSum sum = default;
            BigInteger exact = 0;
            for (int i = 0; i < 300; i++)
            {
                double term = Math.Round(random.NextDouble() * Math.Pow(2, random.Next(0, 80))) * (random.Next(2) * 2 - 1);
                sum += new CompensatedSum(term, 0);
                exact += new BigInteger(term);
            }

            BigInteger difference = exact - new BigInteger(sum.Value) - new BigInteger(sum.Compensation);
            Assert.True(BigInteger.Abs(difference) <= BigInteger.Abs(exact) >> 90, $"off by {difference} of {exact}");
        }
    }

    [Fact]
    public void CompensatedSum_AnyOrder_GivesTheSameValue()
    {
        var random = new Random(2);
        double[] terms = [.. Enumerable.Range(0, 10_000).Select(_ => random.NextDouble() * Math.Pow(10, random.Next(-6, 6)))];
        double forward = Add(terms).Value;
        for (int i = 0; i < 20; i++)
        {
            random.Shuffle(terms);
            Assert.Equal(BitConverter.DoubleToInt64Bits(forward), BitConverter.DoubleToInt64Bits(Add(terms).Value));
            CompensatedSum merged = Add(terms[..(100 * i)]) + Add(terms[(100 * i)..]);
            Assert.Equal(BitConverter.DoubleToInt64Bits(forward), BitConverter.DoubleToInt64Bits(merged.Value));
        }

        static CompensatedSum Add(double[] terms)
        {
            CompensatedSum sum = default;
            foreach (double term in terms) sum += new CompensatedSum(term, 0);
            return sum;
        }
    }

    [Fact]
    public void CompensatedSum_SmallBesideLarge_KeepsBoth()
    {
        CompensatedSum sum = new CompensatedSum(1e16, 0) + new CompensatedSum(1, 0) + new CompensatedSum(1e-10, 0) + new CompensatedSum(-1e16, 0);
        Assert.Equal(1 + 1e-10, sum.Value);
        Assert.True(Math.Abs(sum.Compensation) <= Math.BitIncrement(sum.Value) - sum.Value);
    }

    [Theory]
    [InlineData(double.NaN, 1, double.NaN)]
    [InlineData(double.PositiveInfinity, 1, double.PositiveInfinity)]
    [InlineData(1, double.NegativeInfinity, double.NegativeInfinity)]
    [InlineData(double.PositiveInfinity, double.NegativeInfinity, double.NaN)]
    [InlineData(double.MaxValue, double.MaxValue, double.PositiveInfinity)]
    public void CompensatedSum_NotFinite_Shows(double left, double right, double expected)
    {
        CompensatedSum sum = new CompensatedSum(left, 0) + new CompensatedSum(right, 0);
        Assert.Equal(expected, sum.Value);
        Assert.Equal(0, sum.Compensation);
        Assert.Equal(expected, (sum + new CompensatedSum(3, 0)).Value);
    }

    [Fact]
    public void Add_SampleBySampleAndClassByClass()
    {
        DiceSums left = Numbered(2, 3, 1), right = Numbered(2, 3, 1000);
        left.Add(right);
        int i = 0;
        for (int n = 0; n < 2; n++)
        {
            foreach (SumTerm term in Enum.GetValues<SumTerm>())
            {
                for (int k = 0; k < 3; k++, i++) Assert.Equal(1001 + (2 * i), left[term, n][k].Value);
            }
        }

        Assert.Equal(1000, right[SumTerm.Intersection, 0][0].Value);
    }

    [Fact]
    public void Pooled_AddsUpTheSamples()
    {
        DiceSums pooled = Numbered(3, 2, 0).Pooled();
        Assert.Equal((1L, 2), (pooled.Samples, pooled.Classes));
        int perSample = 2 * Enum.GetValues<SumTerm>().Length;
        foreach (SumTerm term in Enum.GetValues<SumTerm>())
        {
            int first = 2 * (int)term;
            Assert.Equal(
                [(3 * first) + (3 * perSample), (3 * (first + 1)) + (3 * perSample)], pooled[term, 0].ToArray().Select(sum => (int)sum.Value));
        }

        Assert.Equal(0, new DiceSums(0, 2).Pooled()[SumTerm.PredictionMass, 0][1].Value);
    }

    [Fact]
    public void Add_OtherShape_Throws()
    {
        var error = Assert.Throws<ArgumentException>(() => new DiceSums(2, 3).Add(new DiceSums(2, 4)));
        Assert.StartsWith("Sums over Labels, 2 samples and 4 classes cannot be added to sums over Labels, 2 samples and 3 classes.", error.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => new DiceSums(2, 3).Add(new DiceSums(1, 3)));
        Assert.Throws<ArgumentException>(() => new DiceSums(2, 3).Add(new DiceSums(2, 3, TargetKind.Maps)));
        Assert.Throws<ArgumentNullException>(() => new DiceSums(2, 3).Add(null!));
    }

    [Fact]
    public void Constructor_ImpossibleCounts_Throws()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new DiceSums(-1, 3));
        Assert.Throws<ArgumentOutOfRangeException>("targetKind", () => new DiceSums(1, 3, (TargetKind)7));
        Assert.Throws<ArgumentOutOfRangeException>(() => new DiceSums(1, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new DiceSums(long.MaxValue, 3));
        Assert.StartsWith(
            "67108865 samples of 2 classes are too many: there are at most 134217728 sums of a kind.",
            Assert.Throws<ArgumentOutOfRangeException>(() => new DiceSums((1 << 26) + 1, 2)).Message, StringComparison.Ordinal);
        Assert.Equal(1 << 26, new DiceSums(1 << 26, 2).Samples);
    }

    [Fact]
    public void Indexer_OutsideItsRange_Throws()
    {
        var sums = new DiceSums(2, 3);
        Assert.Throws<ArgumentOutOfRangeException>(() => sums[SumTerm.Intersection, 2].Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => sums[SumTerm.Intersection, -1].Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => sums[(SumTerm)Enum.GetValues<SumTerm>().Length, 0].Length);
    }

    [Fact]
    public void InvalidTargets_Join_AddsCountsAndKeepsTheFirst()
    {
        var first = new InvalidTargets(TargetPart.Values, 2, 0, 1, 900, 7);
        var later = new InvalidTargets(TargetPart.Values, 3, 1, 0, 5, 8);
        Assert.Equal(first with { Count = 5 }, first.Join(later));
        Assert.Equal(first with { Count = 5 }, later.Join(first));
        Assert.Equal(first, first.Join(default));
        Assert.Equal(later, default(InvalidTargets).Join(later));
        foreach (InvalidTargets earlier in new[] { first with { Voxel = 899, Value = 9 }, first with { Channel = 0, Voxel = 950, Value = 9 } })
        {
            Assert.Equal(earlier with { Count = 4 }, first.Join(earlier));
            Assert.Equal(earlier with { Count = 4 }, earlier.Join(first));
        }
    }

    [Fact]
    public void InvalidTargets_Join_WhatIsInTheValuesWinsOverTheWeights()
    {
        var weight = new InvalidTargets(TargetPart.VoxelWeights, 9, 0, 0, 1, BitConverter.DoubleToInt64Bits(-1));
        var label = new InvalidTargets(TargetPart.Values, 1, 3, 0, 700, 8);
        Assert.Equal(label, weight.Join(label));
        Assert.Equal(label, label.Join(weight));
        Assert.Equal(weight, weight.Join(default));
        Assert.Equal(weight, default(InvalidTargets).Join(weight));
    }

    private static DiceSums Numbered(long samples, int classes, double first)
    {
        var sums = new DiceSums(samples, classes);
        for (int n = 0; n < samples; n++)
        {
            foreach (SumTerm term in Enum.GetValues<SumTerm>())
            {
                for (int k = 0; k < classes; k++) sums[term, n][k] = new CompensatedSum(first++, 0);
            }
        }

        return sums;
    }
}
