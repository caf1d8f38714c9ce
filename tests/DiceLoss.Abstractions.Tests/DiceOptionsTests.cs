using DiceLoss.Testing;

namespace DiceLoss.Abstractions.Tests;

public sealed class DiceOptionsTests
{
    [Fact]
    public void Defaults_AreTheDocumentedOnes()
    {
        var options = new DiceOptions();
        Assert.Equal(
            (Activation.Auto, 1, 0.0, (double?)null, (double?)null, -1L, -1, (ClassWeights?)null, ClassAverage.All, DiceReduction.Mean),
            (options.Activation, options.Exponent, options.Smooth, options.SmoothNumerator, options.SmoothDenominator, options.IgnoreLabel,
                options.IgnoreChannel, options.ClassWeights, options.ClassAverage, options.Reduction));
        Assert.Equal(DiceOptions.Default, options);
        Assert.Equal(
            (IntersectionForm.Product, HardPrediction.None, (CrossEntropy?)null, (Focal?)null), (options.Intersection, options.HardPrediction, options.CrossEntropy, options.Focal));
        var focal = new Focal();
        Assert.Equal(
            (1.0, 2.0, (double?)null, (ClassWeights?)null, (ClassSet?)null, FocalAverage.Elements),
            (focal.Weight, focal.Gamma, focal.Alpha, focal.ClassWeights, focal.IncludedClasses, focal.Average));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(int.MinValue)]
    public void Exponent_BelowOne_Throws(int exponent) =>
        Refused("Exponent", $"Exponent is {exponent}; an exponent is an integer of 1 or more.", () => new DiceOptions { Exponent = exponent });

    [Theory]
    [InlineData(-1e-300)]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(double.NegativeInfinity)]
    public void Smooth_NegativeOrNotFinite_Throws(double smooth)
    {
        string text = FormattableString.Invariant($" is {smooth}; it is finite and not negative.");
        Refused("Smooth", "Smooth" + text, () => new DiceOptions { Smooth = smooth });
        Refused("SmoothNumerator", "SmoothNumerator" + text, () => new DiceOptions { SmoothNumerator = smooth });
        Refused("SmoothDenominator", "SmoothDenominator" + text, () => new DiceOptions { SmoothDenominator = smooth });
    }

    [Theory]
    [InlineData(-1e-300)]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void ClassWeights_NegativeOrNotFinite_Throws(double weight) => Refused(
        "weights", FormattableString.Invariant($"The weight of class 1 is {weight}; class weights are finite and not negative."), () => ClassWeights.Create([1, weight, 2]));

    [Fact]
    public void ClassWeights_ThatAddUpToInfinity_Throw() => Refused(
        "weights", "The sum of the weights is infinite; it is finite.", () => ClassWeights.Create([1e308, 1e308]));

    [Fact]
    public void Enumerations_OutsideTheirMembers_Throw()
    {
        Refused("Activation", "Activation is 17; it is one of Auto, Softmax, TwoClassSigmoid, Sigmoid, None.", () => new DiceOptions { Activation = (Activation)17 });
        Refused("Reduction", "Reduction is -1; it is one of Mean, Sum, None, Batch, PerClass.", () => new DiceOptions { Reduction = (DiceReduction)(-1) });
        Refused("ClassAverage", "ClassAverage is 2; it is one of All, Included.", () => new DiceOptions { ClassAverage = (ClassAverage)2 });
    }

    [Fact]
    public void Equality_IsByValue()
    {
        DiceOptions Make() => new() { Exponent = 2, Smooth = 1e-5, ClassWeights = [0.2, 0.8], Reduction = DiceReduction.Batch, IgnoreLabel = 255 };
        Assert.Equal(Make(), Make());
        Assert.Equal(Make().GetHashCode(), Make().GetHashCode());
        Assert.NotEqual(Make(), Make() with { ClassWeights = [0.2, 0.9] });
        Assert.NotEqual(Make(), Make() with { ClassWeights = [0.2] });
        Assert.NotEqual(Make(), Make() with { ClassWeights = null });
        Assert.NotEqual(Make(), Make() with { SmoothNumerator = 1e-5 });
        Assert.NotEqual(Make(), Make() with { IgnoreLabel = 254 });
        Assert.Equal(Make() with { Focal = new Focal { ClassWeights = [1, 2] } }, Make() with { Focal = new Focal { ClassWeights = [1, 2] } });
        Assert.NotEqual(Make() with { Focal = new Focal() }, Make() with { Focal = new Focal { Gamma = 1 } });
        Assert.NotEqual(Make(), Make() with { HardPrediction = HardPrediction.Argmax });
    }

    [Fact]
    public void ToString_ShowsEveryOption()
    {
        string text = new DiceOptions { Smooth = 0.5, ClassWeights = [0.2, 0.8] }.ToString();
        Assert.Contains("Smooth = 0.5", text, StringComparison.Ordinal);
        Assert.Contains("ClassWeights = [0.2, 0.8]", text, StringComparison.Ordinal);
        Assert.Contains("Reduction = Mean", text, StringComparison.Ordinal);
    }

    [Fact]
    public void With_KeepsTheChecks() => Assert.Throws<ArgumentOutOfRangeException>(() => DiceOptions.Default with { Exponent = 0 });

    [Fact]
    public void ClassWeights_AreCopied()
    {
        double[] source = [1, 2, 3];
        ClassWeights weights = ClassWeights.Create(source);
        source[0] = 9;
        Assert.Equal([1, 2, 3], weights);
        Assert.Equal((3, 2.0), (weights.Count, weights[1]));
    }

    [Fact]
    public void Device_ToString_IsShort()
    {
        Assert.Equal("cpu", Device.Cpu.ToString());
        Assert.Equal("cuda:3", Device.Cuda(3).ToString());
    }

    [Fact]
    public void ElementTypes_SizesAndDotNetTypes_Agree()
    {
        Assert.Equal([4, 8, 2, 2, 1, 1, 2, 4, 8], Enum.GetValues<ElementType>().Select(type => type.Size()));
        Assert.Equal(
            Enum.GetValues<ElementType>(),
            [
                ElementTypes.Of<float>(), ElementTypes.Of<double>(), ElementTypes.Of<Half>(), ElementTypes.Of<BFloat16>(), ElementTypes.Of<sbyte>(),
                ElementTypes.Of<byte>(), ElementTypes.Of<short>(), ElementTypes.Of<int>(), ElementTypes.Of<long>(),
            ]);
        Assert.Contains("System.UInt32", Assert.Throws<NotSupportedException>(() => ElementTypes.Of<uint>()).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => ((ElementType)42).Size());
        Assert.Equal(Cases.LogitsTypes.Order(), Enum.GetValues<ElementType>().Where(type => type.IsFloatingPoint()).Order());
    }

    [Fact]
    public void BFloat16_AllPatterns_WidenAndRoundBack()
    {
        for (int bits = 0; bits <= ushort.MaxValue; bits++)
        {
            var value = new BFloat16((ushort)bits);
            float wide = (float)value;
            Assert.Equal((uint)bits << 16, BitConverter.SingleToUInt32Bits(wide));
            BFloat16 back = (BFloat16)wide;
            if (float.IsNaN(wide)) Assert.True(float.IsNaN((float)back));
            else Assert.Equal(value, back);
        }
    }

    // One whose payload is all in the half that goes.
    [Theory]
    [InlineData(0x7F800001u)]
    [InlineData(0xFF800001u)]
    public void BFloat16_OfNaN_IsNaN(uint bits) => Assert.True(float.IsNaN((float)(BFloat16)BitConverter.UInt32BitsToSingle(bits)));

    [Fact]
    public void BFloat16_BetweenTwoPatterns_RoundsToNearestEven()
    {
        var random = new Random(3);
        for (int i = 0; i < 200_000; i++)
        {
            float value = BitConverter.UInt32BitsToSingle((uint)random.NextInt64(1L << 32));
            if (i % 4 == 0) value = BitConverter.UInt32BitsToSingle((BitConverter.SingleToUInt32Bits(value) & 0xFFFF0000) | 0x8000);
            if (!float.IsFinite(value)) continue;
            float rounded = (float)(BFloat16)value;
            uint below = BitConverter.SingleToUInt32Bits(value) & 0xFFFF0000;
            double low = BitConverter.UInt32BitsToSingle(below), high = BitConverter.UInt32BitsToSingle(below + 0x10000);
            if (double.IsInfinity(high)) high = Math.CopySign(Math.Pow(2, 128), low);
            double toLow = Math.Abs(value - low), toHigh = Math.Abs(high - value);
            bool takeLow = toLow < toHigh || (toLow == toHigh && ((below >> 16) & 1) == 0);
            Assert.Equal((float)(takeLow ? low : high), rounded);
        }
    }

    private static void Refused(string parameter, string message, Func<object> make)
    {
        var error = Assert.Throws<ArgumentOutOfRangeException>(make);
        Assert.Equal(parameter, error.ParamName);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }
}
