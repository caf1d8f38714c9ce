using System.Numerics.Tensors;
using DiceLoss.Testing;

namespace DiceLoss.Cpu.Tests;

/// <summary>The overloads over spans and tensor spans say the same as descriptors do.</summary>
public sealed class CpuDiceTests
{
    private static readonly long[] s_shape = [2, 3, 5, 7];
    private static readonly float[] s_logits = [.. new Case { Shape = s_shape, Seed = 1 }.MakeLogits([]).Select(x => (float)x)];
    private static readonly byte[] s_labels = [.. new Case { Shape = s_shape, Seed = 1, IgnoredShare = 0 }.MakeLabels().Select(label => (byte)label)];

    [Fact]
    public void Backward_Spans_AllocatesNothing()
    {
        float[] logits = new float[2 * 3 * 40], gradient = new float[logits.Length], weights = new float[80];
        byte[] labels = new byte[80];
        var provider = new CpuProvider(new CpuOptions { MaxThreads = 1 }); // what one keeps for the next call, another test might have taken
        DiceResult result = CpuDice.Forward(logits, [2, 3, 40], labels, provider: provider, voxelWeights: weights);

        // The least of several: a collection in the middle is counted to whom it meets.
        Assert.Equal(0, Enumerable.Range(0, 5).Min(_ =>
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            CpuDice.Backward(result, logits, [2, 3, 40], labels, gradient, provider: provider, voxelWeights: weights);
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }));
    }

    [Fact]
    public void ForwardBackward_Spans_GiveTheBitsOfDescriptors()
    {
        foreach (DiceReduction reduction in Enum.GetValues<DiceReduction>())
        {
            var options = new DiceOptions { Reduction = reduction, Smooth = 0.5 };
            double[] upstream = reduction switch
            {
                DiceReduction.None => [2, -3],
                DiceReduction.PerClass => [2, -3, 0, 0.5, 1, -1],
                _ => [2],
            };
            (double[] losses, double[] gradient) = Expected(options, upstream);
            DiceResult result = CpuDice.Forward<float, byte>(s_logits, s_shape, s_labels, options);
            ErrorRule.SameBits(losses, result.Losses.ToArray(), "losses");

            float[] ours = new float[s_logits.Length];
            CpuDice.Backward<float, byte>(result, s_logits, s_shape, s_labels, ours, upstream);
            ErrorRule.SameBits(gradient, Array.ConvertAll(ours, x => (double)x), "gradient");

            float[] inPlace = [.. s_logits];
            CpuDice.BackwardInPlace<float, byte>(result, inPlace, s_shape, s_labels, upstream);
            Assert.Equal(ours, inPlace);
        }
    }

    [Fact]
    public void Backward_NoUpstream_IsFactorOne()
    {
        DiceResult result = CpuDice.Forward<float, byte>(s_logits, s_shape, s_labels);
        float[] without = new float[s_logits.Length], with = new float[s_logits.Length];
        CpuDice.Backward<float, byte>(result, s_logits, s_shape, s_labels, without);
        CpuDice.Backward<float, byte>(result, s_logits, s_shape, s_labels, with, [1.0]);
        Assert.Equal(with, without);
        Assert.Contains(without, value => value != 0);
    }

    [Fact]
    public void ForwardBackward_EveryPairOfTypes_AgreesWithReference()
    {
        Pairs<float>(x => (float)x, x => x);
        Pairs<double>(x => x, x => x);
        Pairs<Half>(x => (Half)x, x => (double)x);
        Pairs<BFloat16>(x => (BFloat16)(float)x, x => (float)x);

        static void Pairs<TLogits>(Func<double, TLogits> narrow, Func<TLogits, double> widen)
            where TLogits : unmanaged
        {
            TLogits[] logits = [.. s_logits.Select(x => narrow(x))];
            double[] exact = [.. logits.Select(widen)];
            double truth = Reference.Losses(s_shape, exact, [.. s_labels.Select(label => (long)label)], DiceOptions.Default).Losses[0];
            Assert.Equal(truth, CpuDice.Forward<TLogits, sbyte>(logits, s_shape, [.. s_labels.Select(label => (sbyte)label)]).Loss, 2.4e-7);
            Assert.Equal(truth, CpuDice.Forward<TLogits, byte>(logits, s_shape, s_labels).Loss, 2.4e-7);
            Assert.Equal(truth, CpuDice.Forward<TLogits, short>(logits, s_shape, [.. s_labels.Select(label => (short)label)]).Loss, 2.4e-7);
            Assert.Equal(truth, CpuDice.Forward<TLogits, int>(logits, s_shape, [.. s_labels.Select(label => (int)label)]).Loss, 2.4e-7);
            Assert.Equal(truth, CpuDice.Forward<TLogits, long>(logits, s_shape, [.. s_labels.Select(label => (long)label)]).Loss, 2.4e-7);
        }
    }

    [Fact]
    public void ForwardBackward_TensorSpans_GiveTheBitsOfDescriptors()
    {
        (double[] losses, double[] gradient) = Expected(DiceOptions.Default, [2]);
        nint[] lengths = [2, 3, 5, 7];
        var logits = new ReadOnlyTensorSpan<float>(s_logits, lengths);
        var labels = new ReadOnlyTensorSpan<byte>(s_labels, [2, 5, 7]);
        DiceResult result = CpuDice.Forward(logits, labels);
        ErrorRule.SameBits(losses, result.Losses.ToArray(), "losses");

        float[] ours = new float[s_logits.Length];
        CpuDice.Backward(result, logits, labels, new TensorSpan<float>(ours, lengths), [2.0]);
        ErrorRule.SameBits(gradient, Array.ConvertAll(ours, x => (double)x), "gradient");

        float[] inPlace = [.. s_logits];
        CpuDice.BackwardInPlace(result, new TensorSpan<float>(inPlace, lengths), labels, [2.0]);
        Assert.Equal(ours, inPlace);
    }

    [Fact]
    public void ForwardBackward_SlicedTensorSpans_ReadAndWriteTheSliceAlone()
    {
        // The same volume inside a larger one, in channels-last order.
        float[] large = new float[3 * 6 * 9 * 4];
        Array.Fill(large, float.NaN);
        for (int i = 0; i < s_logits.Length; i++) large[Position(i)] = s_logits[i];
        float[] written = new float[large.Length];
        Array.Fill(written, 77);

        nint[] lengths = [2, 3, 5, 7], strides = [6 * 9 * 4, 1, 9 * 4, 4];
        const int Start = (1 * 9 * 4) + (2 * 4) + 1;
        var logits = new ReadOnlyTensorSpan<float>(large.AsSpan(Start), lengths, strides);
        var labels = new ReadOnlyTensorSpan<byte>(s_labels, [2, 5, 7]);
        (double[] losses, double[] gradient) = Expected(DiceOptions.Default, [1]);
        DiceResult result = CpuDice.Forward(logits, labels);
        ErrorRule.SameBits(losses, result.Losses.ToArray(), "losses");
        CpuDice.Backward(result, logits, labels, new TensorSpan<float>(written.AsSpan(Start), lengths, strides));
        for (int i = 0; i < gradient.Length; i++)
        {
            Assert.Equal(gradient[i], written[Position(i)]);
            written[Position(i)] = 77;
        }

        Assert.All(written, value => Assert.Equal(77, value));

        static int Position(int i) => Start + (i / 105 * 6 * 9 * 4) + (i / 35 % 3) + (i / 7 % 5 * 9 * 4) + (i % 7 * 4);
    }

    [Fact]
    public void ForwardBackward_NothingToDo_IsAccepted()
    {
        DiceResult result = CpuDice.Forward<float, int>([], [2, 3, 0], [], new DiceOptions { Reduction = DiceReduction.None });
        Assert.Equal([0, 0], result.Losses.ToArray());
        CpuDice.Backward<float, int>(result, [], [2, 3, 0], [], []);
        CpuDice.BackwardInPlace<float, int>(result, [], [2, 3, 0], []);
    }

    public static TheoryData<long[]> EmptyShapes() => new([0, 3, 4], [2, 3, 0], [2, 1, 0]);

    [Theory]
    [MemberData(nameof(EmptyShapes))]
    public void ForwardBackward_NothingToDoWithSoftTargets_IsAccepted(long[] shape)
    {
        DiceResult result = CpuDice.Forward<float, float>([], shape, [], new DiceOptions { Reduction = DiceReduction.None });
        Assert.Equal(new double[shape[0]], result.Losses.ToArray());
        CpuDice.Backward<float, float>(result, [], shape, [], []);
        CpuDice.BackwardInPlace<float, float>(result, [], shape, []);
    }

    [Fact]
    public void Forward_FloatingPointForLabels_SaysSo()
    {
        var error = Assert.Throws<ArgumentException>(() => CpuDice.Forward<float, float>(s_logits, s_shape, new float[70]));
        Assert.Contains("labels hold Float32", error.Message, StringComparison.Ordinal);
    }

    public static TheoryData<long[], string, string> WrongShapes() => new()
    {
        { [2, 3, 5, 8], "logits", "There are 210 logits for the shape [2, 3, 5, 8]." },
        { [2, 3, 5], "logits", "There are 210 logits for the shape [2, 3, 5]." },
        { [3, 2, 5, 7], "targets", "There are 70 targets for logits of shape [3, 2, 5, 7]; labels have shape [3, 5, 7], maps [3, 2, 5, 7]." },
        { [-2, 3, 5, -7], "logits", "There are 210 logits for the shape [-2, 3, 5, -7]." },
        { [210], "shape", "The shape is [210]; logits have shape (N, C, ...)" },
        { [], "shape", "The shape is []; logits have shape (N, C, ...)" },
        { [1L << 32, 1L << 32, 1], "logits", "There are 210 logits for the shape [4294967296, 4294967296, 1]." },
        { [long.MaxValue, long.MaxValue, long.MaxValue], "logits", "There are 210 logits for the shape" },
    };

    [Fact]
    public void ForwardBackward_LabelsAsMasks_AreTheSameLoss()
    {
        bool[] masks = new bool[210];
        for (int i = 0; i < masks.Length; i++) masks[i] = s_labels[(i / 105 * 35) + (i % 35)] == i / 35 % 3;
        float[] soft = [.. masks.Select(mask => mask ? 1f : 0f)], ofLabels = new float[210], ofMasks = new float[210];
        DiceResult labels = CpuDice.Forward<float, byte>(s_logits, s_shape, s_labels), hard = CpuDice.Forward<float, bool>(s_logits, s_shape, masks);
        CpuDice.Backward<float, byte>(labels, s_logits, s_shape, s_labels, ofLabels);
        CpuDice.Backward<float, bool>(hard, s_logits, s_shape, masks, ofMasks);

        Assert.Equal(labels.Loss, hard.Loss, 1e-7);
        Assert.Equal(hard.Loss, CpuDice.Forward<float, float>(s_logits, s_shape, soft).Loss);
        for (int i = 0; i < ofLabels.Length; i++) Assert.Equal(ofLabels[i], ofMasks[i], 1e-8f);
    }

    [Fact]
    public void ForwardBackward_WeightsZeroOrOne_AreIgnoredVoxels()
    {
        byte[] ignored = [.. s_labels.Select((label, i) => i % 3 == 0 ? (byte)255 : label)];
        float[] weights = [.. s_labels.Select((_, i) => i % 3 == 0 ? 0f : 1f)], expected = new float[210], ours = new float[210];
        var options = new DiceOptions { IgnoreLabel = 255 };
        DiceResult truth = CpuDice.Forward<float, byte>(s_logits, s_shape, ignored, options);
        DiceResult result = CpuDice.Forward<float, byte>(s_logits, s_shape, s_labels, voxelWeights: weights);
        CpuDice.Backward<float, byte>(truth, s_logits, s_shape, ignored, expected);
        CpuDice.Backward<float, byte>(result, s_logits, s_shape, s_labels, ours, voxelWeights: weights);
        float[] inPlace = [.. s_logits];
        CpuDice.BackwardInPlace<float, byte>(result, inPlace, s_shape, s_labels, voxelWeights: weights);

        Assert.Equal(truth.Loss, result.Loss, 1e-7);
        for (int i = 0; i < ours.Length; i++) Assert.Equal(expected[i], ours[i], 1e-8f);
        Assert.Equal(ours, inPlace);
    }

    [Fact]
    public void Forward_WeightsOfOneSample_AreThoseOfAll()
    {
        float[] shared = [.. Enumerable.Range(0, 35).Select(i => 0.1f * i)];
        Assert.Equal(
            CpuDice.Forward<float, byte>(s_logits, s_shape, s_labels, voxelWeights: [.. shared, .. shared]).Loss,
            CpuDice.Forward<float, byte>(s_logits, s_shape, s_labels, voxelWeights: shared).Loss);
        var error = Assert.Throws<ArgumentException>(() => CpuDice.Forward<float, byte>(s_logits, s_shape, s_labels, voxelWeights: new float[34]));
        Assert.Equal("voxelWeights", error.ParamName);
        Assert.Contains("There are 34 voxel weights for logits of shape [2, 3, 5, 7]", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Forward_ClassNotAnnotated_HasNoLoss()
    {
        bool[] annotated = [true, false, true, true, true, true];
        var perClass = new DiceOptions { Reduction = DiceReduction.PerClass };
        double[] all = CpuDice.Forward<float, byte>(s_logits, s_shape, s_labels, perClass).Losses.ToArray();
        double[] some = CpuDice.Forward<float, byte>(s_logits, s_shape, s_labels, perClass, annotated: annotated).Losses.ToArray();
        for (int i = 0; i < all.Length; i++) Assert.Equal(annotated[i] ? all[i] : 0, some[i]);
        var tensor = new ReadOnlyTensorSpan<float>(s_logits, [2, 3, 5, 7]);
        Assert.Equal(some, CpuDice.Forward(tensor, new ReadOnlyTensorSpan<byte>(s_labels, [2, 5, 7]), perClass, annotated: annotated).Losses.ToArray());
    }

    [Fact]
    public void Forward_TensorSpansOfMapsAndWeights_AreTheSameAsSpans()
    {
        float[] soft = [.. Enumerable.Range(0, 210).Select(i => i % 11 / 10f)], weights = [.. Enumerable.Range(0, 70).Select(i => i % 5 / 2f)];
        var options = new DiceOptions { Intersection = IntersectionForm.Minimum };
        DiceResult expected = CpuDice.Forward<float, float>(s_logits, s_shape, soft, options, voxelWeights: weights);
        nint[] lengths = [2, 3, 5, 7];
        var tensor = new ReadOnlyTensorSpan<float>(s_logits, lengths);
        var maps = new ReadOnlyTensorSpan<float>(soft, lengths);
        var ofVoxels = new ReadOnlyTensorSpan<float>(weights, [2, 5, 7]);
        DiceResult result = CpuDice.Forward(tensor, maps, options, voxelWeights: ofVoxels);
        Assert.Equal(expected.Loss, result.Loss);

        float[] gradient = new float[210], ofSpans = new float[210];
        CpuDice.Backward(result, tensor, maps, new TensorSpan<float>(gradient, lengths), voxelWeights: ofVoxels);
        CpuDice.Backward<float, float>(expected, s_logits, s_shape, soft, ofSpans, voxelWeights: weights);
        Assert.Equal(ofSpans, gradient);

        float[] inPlace = [.. s_logits];
        CpuDice.BackwardInPlace(result, new TensorSpan<float>(inPlace, lengths), maps, voxelWeights: ofVoxels);
        Assert.Equal(ofSpans, inPlace);
    }

    [Theory]
    [MemberData(nameof(WrongShapes))]
    public void ForwardBackward_ShapeThatDoesNotFitTheSpans_Throws(long[] shape, string parameter, string message)
    {
        DiceResult result = CpuDice.Forward<float, byte>(s_logits, s_shape, s_labels);
        float[] gradient = new float[210], logits = [.. s_logits];
        foreach (Action call in new Action[]
        {
            () => CpuDice.Forward<float, byte>(s_logits, shape, s_labels),
            () => CpuDice.Backward<float, byte>(result, s_logits, shape, s_labels, gradient),
            () => CpuDice.BackwardInPlace<float, byte>(result, logits, shape, s_labels),
        })
        {
            var error = Assert.Throws<ArgumentException>(call);
            Assert.Equal(parameter, error.ParamName);
            Assert.Contains(message, error.Message, StringComparison.Ordinal);
        }

        Assert.All(gradient, value => Assert.Equal(0, value));
        Assert.Equal(s_logits, logits);
    }

    [Fact]
    public void Backward_WrongLengths_Throws()
    {
        DiceResult result = CpuDice.Forward<float, byte>(s_logits, s_shape, s_labels, new DiceOptions { Reduction = DiceReduction.None });
        foreach (int length in new[] { 0, 209, 211 })
        {
            float[] gradient = new float[length];
            var error = Assert.Throws<ArgumentException>(() => CpuDice.Backward<float, byte>(result, s_logits, s_shape, s_labels, gradient));
            Assert.Equal("gradient", error.ParamName);
            Assert.Contains($"The gradient has {length} elements for 210 logits.", error.Message, StringComparison.Ordinal);
        }

        var wrong = Assert.Throws<ArgumentException>(() => CpuDice.Backward<float, byte>(result, s_logits, s_shape, s_labels, new float[210], [1, 2, 3]));
        Assert.Equal("upstream", wrong.ParamName);
        Assert.Contains("The upstream gradient has shape [3]; for DiceReduction.None it has shape [] or [2].", wrong.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Backward_OverlappingSpans_Throws()
    {
        DiceResult result = CpuDice.Forward<float, byte>(s_logits, s_shape, s_labels);
        float[] block = [.. s_logits, .. new float[210]];
        float[] before = [.. block];
        foreach (int shift in new[] { 0, 1, 209 })
        {
            var error = Assert.Throws<ArgumentException>(() => CpuDice.Backward<float, byte>(
                result, block.AsSpan(0, 210), s_shape, s_labels, block.AsSpan(shift, 210)));
            Assert.Contains("overlaps the logits", error.Message, StringComparison.Ordinal);
        }

        Assert.Equal(before, block);
        CpuDice.Backward<float, byte>(result, block.AsSpan(0, 210), s_shape, s_labels, block.AsSpan(210));
        Assert.Equal(s_logits, block[..210]);
    }

    [Fact]
    public void Forward_UnsupportedTypes_Throws()
    {
        var error = Assert.Throws<NotSupportedException>(() => CpuDice.Forward<float, uint>(s_logits, s_shape, new uint[70]));
        Assert.Contains("System.UInt32", error.Message, StringComparison.Ordinal);
        error = Assert.Throws<NotSupportedException>(() => CpuDice.Forward<decimal, byte>(new decimal[210], s_shape, s_labels));
        Assert.Contains("System.Decimal", error.Message, StringComparison.Ordinal);
        var wrong = Assert.Throws<ArgumentException>(() => CpuDice.Forward<int, byte>(new int[210], s_shape, s_labels));
        Assert.Contains("The logits hold Int32", wrong.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Forward_InvalidLabel_IsFound()
    {
        byte[] labels = [.. s_labels];
        labels[40] = 3;
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => CpuDice.Forward<float, byte>(s_logits, s_shape, labels));
        Assert.Contains("the first is 3, in sample 1 at voxel [0, 5].", error.Message, StringComparison.Ordinal);
        Assert.ThrowsAny<OperationCanceledException>(
            () => CpuDice.Forward<float, byte>(s_logits, s_shape, s_labels, cancellation: new CancellationToken(true)));
    }

    [Fact]
    public void ForwardBackward_CancelledBefore_Throw()
    {
        var cancelled = new CancellationToken(true);
        DiceResult result = CpuDice.Forward<float, byte>(s_logits, s_shape, s_labels);
        float[] gradient = new float[210];
        nint[] lengths = [2, 3, 5, 7], ofLabels = [2, 5, 7];
        Assert.ThrowsAny<OperationCanceledException>(() => CpuDice.Backward<float, byte>(result, s_logits, s_shape, s_labels, gradient, cancellation: cancelled));
        Assert.ThrowsAny<OperationCanceledException>(() => CpuDice.Forward(
            new ReadOnlyTensorSpan<float>(s_logits, lengths), new ReadOnlyTensorSpan<byte>(s_labels, ofLabels), cancellation: cancelled));
        Assert.ThrowsAny<OperationCanceledException>(() => CpuDice.Backward(
            result, new ReadOnlyTensorSpan<float>(s_logits, lengths), new ReadOnlyTensorSpan<byte>(s_labels, ofLabels), new TensorSpan<float>(gradient, lengths), cancellation: cancelled));
    }

    [Fact]
    public void Forward_LabelsOfBool_AreForTwoClasses()
    {
        bool[] labels = [.. s_labels.Select(label => label > 0)];
        Assert.Equal(
            "The labels are of type bool, which tells two classes apart; the logits have 3 channels. (Parameter 'targets')",
            Assert.Throws<ArgumentException>("targets", () => CpuDice.Forward<float, bool>(s_logits, s_shape, labels)).Message);
        Assert.Throws<ArgumentException>("targets", () => CpuDice.Forward(
            new ReadOnlyTensorSpan<float>(s_logits, [2, 3, 5, 7]), new ReadOnlyTensorSpan<bool>(labels, [2, 5, 7])));
        double loss = CpuDice.Forward<float, bool>(s_logits.AsSpan(0, 140), [2, 2, 5, 7], labels).Loss;
        Assert.Equal(CpuDice.Forward<float, byte>(s_logits.AsSpan(0, 140), [2, 2, 5, 7], [.. labels.Select(label => (byte)(label ? 1 : 0))]).Loss, loss);
    }

    private static (double[] Losses, double[] Gradient) Expected(DiceOptions options, double[] upstream)
    {
        long[] ofFactor = upstream.Length switch
        {
            1 => [],
            2 => [2],
            _ => [2, 3],
        };
        using TensorBuffer logits = TensorBuffer.Of(ElementType.Float32, s_shape, [.. s_logits.Select(x => (double)x)]);
        using TensorBuffer labels = TensorBuffer.Of(ElementType.UInt8, [2, 5, 7], [.. s_labels.Select(label => (long)label)]);
        using TensorBuffer gradient = new(ElementType.Float32, s_shape), factor = TensorBuffer.Of(ElementType.Float64, ofFactor, upstream);
        DiceResult result = Dice.Forward(logits.Descriptor, labels.Descriptor, options, CpuProvider.Shared);
        Dice.Backward(result, logits.Descriptor, labels.Descriptor, factor.Descriptor, gradient.Descriptor, provider: CpuProvider.Shared);
        return (result.Losses.ToArray(), gradient.Numbers());
    }
}
