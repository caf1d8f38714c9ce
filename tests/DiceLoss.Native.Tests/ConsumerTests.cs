using DiceLoss.Testing;

namespace DiceLoss.Native.Tests;

/// <summary>What a C program gets from the published library, judged by the reference in double.</summary>
public sealed class ConsumerTests
{
    private static readonly long[] s_shape = [2, 3, 3, 5];

    // The numbers of consumer.h.
    private static readonly double[] s_logits = [.. Enumerable.Range(0, 90).Select(i => (((i * 37) + 11) % 23 / 4.0) - 2.5)];
    private static readonly long[] s_labels = [.. Enumerable.Range(0, 30).Select(i => i % 7 == 3 ? 255L : ((i * 5) + 1) % 3)];
    private static readonly double[] s_weights = [.. Enumerable.Range(0, 15).Select(i => i % 4 / 2.0)];
    private static readonly double[] s_masks = [.. Enumerable.Range(0, 90).Select(i => i % 3 == 0 ? 1.0 : 0)];

    private static readonly Lazy<Dictionary<string, string>> s_values = new(() => ConsumerProgram.Run("values"));
    private static readonly Lazy<Dictionary<string, string>> s_cudaValues = new(() => ConsumerProgram.Run("cuda_values"));
    private static readonly Lazy<Dictionary<string, string>> s_mistakes = new(() => ConsumerProgram.Run("mistakes"));
    private static readonly Lazy<Dictionary<string, string>> s_cudaMistakes = new(() => ConsumerProgram.Run("cuda_mistakes"));

    [Theory]
    [InlineData(DeviceKind.Cpu)]
    [InlineData(DeviceKind.Cuda)]
    public void Values_OfDoubles_AreThoseOfTheReference(DeviceKind device)
    {
        var options = new DiceOptions
        {
            Smooth = 0.5,
            Exponent = 2,
            IgnoreLabel = 255,
            Reduction = DiceReduction.None,
            HardPrediction = HardPrediction.Argmax,
        };
        ReferenceResult truth = Check(device, "doubles", ElementType.Float64, options, ReferenceTargets.OfLabels(s_shape, s_labels, options), [2, -0.5]);
        CheckSums("intersection", sums => sums.Intersection);
        CheckSums("prediction_mass", sums => sums.PredictionMass);
        CheckSums("label_mass", sums => sums.LabelMass);
        CheckSums("voxel_mass", sums => sums.VoxelMass);
        CheckSums("hard_intersection", sums => sums.HardIntersection);
        CheckSums("hard_prediction_mass", sums => sums.HardPredictionMass);
        CheckSums("dice", sums => Scores(sums, (h, q, t) => 2 * h / (q + t)));
        CheckSums("iou", sums => Scores(sums, (h, q, t) => h / (q + t - h)));
        Assert.All(
            ["log_loss", "uniform_log_loss", "complement_log_loss", "focal_loss", "complement_focal_loss"],
            name => Assert.Equal(new double[6], Numbers(device, "doubles." + name)));

        void CheckSums(string name, Func<ReferenceSums, double[]> of)
        {
            double[] expected = [.. truth.Sums.SelectMany(of)], found = Numbers(device, "doubles." + name);
            Assert.Equal(expected.Length, found.Length);
            for (int i = 0; i < expected.Length; i++) Assert.Equal(expected[i], found[i], 1e-12 * expected[i]);
        }

        double[] Scores(ReferenceSums sums, Func<double, double, double, double> score) =>
            [.. Enumerable.Range(0, 3).Select(k => score(sums.HardIntersection[k], sums.HardPredictionMass[k], sums.LabelMass[k]))];
    }

    [Theory]
    [InlineData(DeviceKind.Cpu)]
    [InlineData(DeviceKind.Cuda)]
    public void Values_OfStridedTensors_AreThoseOfTheReference(DeviceKind device)
    {
        var options = new DiceOptions { IgnoreLabel = 255 };
        Check(device, "strided", ElementType.Float32, options, ReferenceTargets.OfLabels(s_shape, s_labels, options), [1]);
    }

    [Theory]
    [InlineData(DeviceKind.Cpu)]
    [InlineData(DeviceKind.Cuda)]
    public void Values_OfWeightedMasks_AreThoseOfTheReference(DeviceKind device)
    {
        var options = new DiceOptions { Activation = Activation.Sigmoid, Smooth = 1 };
        Check(
            device, "masks", ElementType.Float32, options,
            ReferenceTargets.OfMaps(s_shape, s_masks, options, s_weights, [true, true, true, true, false, true]), [3]);
    }

    [Theory]
    [InlineData(DeviceKind.Cpu)]
    [InlineData(DeviceKind.Cuda)]
    public void Values_OfSixteenBits_AreThoseOfTheReference(DeviceKind device) => Check(
        device, "sixteen_bits", ElementType.BFloat16, DiceOptions.Default,
        ReferenceTargets.OfLabels(s_shape, [.. s_labels.Select(label => label == 255 ? -1 : label)], DiceOptions.Default), [1]);

    [Theory]
    [InlineData(DeviceKind.Cpu)]
    [InlineData(DeviceKind.Cuda)]
    public void Values_OfABatchInParts_AreThoseOfTheReferenceForTheWhole(DeviceKind device)
    {
        var options = new DiceOptions { Smooth = 0.5, IgnoreLabel = 255, Reduction = DiceReduction.Batch };
        Check(device, "parts", ElementType.Float64, options, ReferenceTargets.OfLabels(s_shape, s_labels, options), [1]);
    }

    [Theory]
    [InlineData("threads", Status.InvalidArgument, "threads: It is -1; it is 0 (one per processor) or more.")]
    [InlineData("options.syntax", Status.InvalidArgument, "json: Expected depth to be zero")]
    [InlineData("options.list", Status.InvalidArgument, "json: It is [1]; it is an object.")]
    [InlineData("options.unknown", Status.InvalidArgument, "json: The option \"smoth\" is unknown; options are smooth, smooth_numerator,")]
    [InlineData("options.twice", Status.InvalidArgument, "json: Duplicate property 'smooth'")]
    [InlineData("options.kind", Status.InvalidArgument, "json: The option \"smooth\" is \"one\"; it is a number.")]
    [InlineData("options.value", Status.InvalidArgument, "json: The option \"smooth\": Smooth is -1; it is finite and not negative.")]
    [InlineData("options.word", Status.InvalidArgument, "json: The option \"reduction\" is \"average\"; it is one of \"mean\", \"sum\", \"none\", \"batch\", \"per_class\".")]
    [InlineData("options.integer", Status.InvalidArgument, "json: The option \"exponent\" is 1.5; it is an integer of 32 bits.")]
    [InlineData("options.element", Status.InvalidArgument, "json: The option \"class_weights[1]\" is \"two\"; it is a number.")]
    [InlineData("options.inner_unknown", Status.InvalidArgument, "json: The option \"focal.beta\" is unknown; those of \"focal\" are weight, gamma, alpha,")]
    [InlineData("options.inner_value", Status.InvalidArgument, "json: The option \"cross_entropy.label_smoothing\": LabelSmoothing is 2; it is from 0 to 1.")]
    [InlineData("options.overlap", Status.InvalidArgument, "json: The option \"overlap\" is {\"tversky\": {\"alpha\": 1}}; it is \"dice\", \"jaccard\", \"matthews\" or {\"tversky\":")]
    [InlineData("options.nowhere", Status.InvalidArgument, "options: It is NULL.")]
    [InlineData("tensor.null", Status.InvalidArgument, "logits: It is NULL.")]
    [InlineData("tensor.data", Status.InvalidArgument, "logits: data is NULL, but there are elements.")]
    [InlineData("tensor.ndim", Status.InvalidArgument, "logits: ndim is -1; it is from 0 to 64.")]
    [InlineData("tensor.ndim_large", Status.InvalidArgument, "logits: ndim is 65; it is from 0 to 64.")]
    [InlineData("tensor.shape_null", Status.InvalidArgument, "logits: shape is NULL, but ndim is 4.")]
    [InlineData("tensor.shape_negative", Status.InvalidArgument, "logits: The shape [2, -1, 3, 5] has a negative length.")]
    [InlineData("tensor.shape_huge", Status.InvalidArgument, "logits: The shape [9223372036854775807, 3, 3, 5] has more bytes than 64 bits can count.")]
    [InlineData("tensor.lanes", Status.InvalidArgument, "logits: dtype.lanes is 4; it is 1.")]
    [InlineData("tensor.bits", Status.InvalidArgument, "logits: dtype has code 2 and 24 bits; it is 0 (signed integer) with")]
    [InlineData("tensor.code", Status.InvalidArgument, "logits: dtype has code 5 and 32 bits; it is 0 (signed integer) with")]
    [InlineData("tensor.unaligned", Status.InvalidArgument, "logits: data with byte_offset 2 is no multiple of the 4 bytes of an element.")]
    [InlineData("tensor.offset", Status.InvalidArgument, "logits: byte_offset is 18446744073709551612, which leaves the address space.")]
    [InlineData("tensor.offset_null", Status.InvalidArgument, "logits: data is NULL, but byte_offset is 4.")]
    [InlineData("tensor.device_type", Status.NotSupported, "logits: device.device_type is 7; it is 1 (main memory) or 2 (CUDA).")]
    [InlineData("tensor.device_id", Status.InvalidArgument, "logits: device.device_id is -1; CUDA devices count from 0.")]
    [InlineData("tensor.other_device", Status.InvalidArgument, "targets: The tensor 'targets' is on cpu, the logits are on cuda:0;")]
    [InlineData("logits.type", Status.InvalidArgument, "logits: The logits hold Int32; they hold Float32, Float64, Float16 or BFloat16.")]
    [InlineData("logits.shape", Status.InvalidArgument, "logits: The logits have shape [2]; they have shape [N, C, ...]: samples, channels, space.")]
    [InlineData("labels.shape", Status.InvalidArgument, "targets: The targets have shape [2, 3, 4]; logits of shape [2, 3, 3, 5] need labels of shape [2, 3, 5] or")]
    [InlineData("labels.type", Status.InvalidArgument, "targets: The labels hold Float64; they are class indices of Int8, UInt8, Int16, Int32 or Int64.")]
    [InlineData("labels.value", Status.InvalidArgument, "targets: 1 label(s) are neither a class (0 to 2) nor the ignored label (-1); the first is 9, in sample 0 at voxel [0, 4].")]
    [InlineData("forward.options", Status.InvalidArgument, "options: ClassWeights has 2 weights for 3 classes.")]
    [InlineData("forward.options_freed", Status.InvalidArgument, "options: It is not alive:")]
    [InlineData("forward.nowhere", Status.InvalidArgument, "result: It is NULL.")]
    [InlineData("forward.weight", Status.InvalidArgument, "voxel_weights: 1 voxel weight(s) are negative or not finite in Float32; the first is -1, in sample 0 at voxel [0, 3].")]
    [InlineData("forward.weights_type", Status.InvalidArgument, "voxel_weights: The voxel weights hold Int32; they are floating point.")]
    [InlineData("forward.weights_data", Status.InvalidArgument, "voxel_weights: data is NULL, but there are elements.")]
    [InlineData("forward.annotated_shape", Status.InvalidArgument, "annotated: It has shape [3, 2]; it has shape [2, 3], samples and classes.")]
    [InlineData("forward.annotated_classes", Status.InvalidArgument, "annotated: It has shape [2, 2]; it has shape [2, 3], samples and classes.")]
    [InlineData("forward.annotated_negative", Status.InvalidArgument, "annotated: The shape [-2, -3] has a negative length.")]
    [InlineData("forward.annotated_type", Status.InvalidArgument, "annotated: It holds Float32; it holds bool or 8-bit integers.")]
    [InlineData("backward.result", Status.InvalidArgument, "result: It is NULL.")]
    [InlineData("backward.nowhere", Status.InvalidArgument, "gradient: It is NULL.")]
    [InlineData("backward.upstream_shape", Status.InvalidArgument, "upstream: The upstream gradient has shape [1]; for DiceReduction.Mean it has shape [].")]
    [InlineData("backward.upstream_null", Status.InvalidArgument, "upstream: data is NULL, but there are elements.")]
    [InlineData("backward.made_for_shape", Status.InvalidArgument, "made_for: The factor that the gradient is made for has shape [1]; for DiceReduction.Mean it has shape [].")]
    [InlineData("backward.made_for_in_place", Status.InvalidArgument, "in_place: A gradient that is made already has taken the place of the logits;")]
    [InlineData("backward.shape", Status.InvalidArgument, "gradient: The gradient buffer is Float32 [2, 3, 5, 3]; it must be like the logits, Float32 [2, 3, 3, 5].")]
    [InlineData("backward.type", Status.InvalidArgument, "gradient: The gradient buffer is Float64 [2, 3, 3, 5]; it must be like the logits, Float32 [2, 3, 3, 5].")]
    [InlineData("backward.strides", Status.InvalidArgument, "gradient: The gradient buffer has strides [45, 0, 5, 1] for shape [2, 3, 3, 5]: several elements share one address.")]
    [InlineData("backward.overlap", Status.InvalidArgument, "gradient: The gradient buffer overlaps the logits.")]
    [InlineData("backward.device", Status.InvalidArgument, "gradient: The tensor 'gradient' is on cuda:0, the logits are on cpu;")]
    [InlineData("backward.changed", Status.InvalidArgument, "The targets have changed since the forward pass:")]
    [InlineData("result.name", Status.InvalidArgument, "name: It is \"loss\"; it is one of losses, sums, dice, iou, intersection,")]
    [InlineData("result.no_name", Status.InvalidArgument, "name: It is NULL.")]
    [InlineData("result.not_counted", Status.InvalidArgument, "No metrics were counted;")]
    [InlineData("result.capacity", Status.InvalidArgument, "capacity: There is room for 1 numbers; there are 6.")]
    [InlineData("result.no_values", Status.InvalidArgument, "values: It is NULL.")]
    [InlineData("evaluate.part", Status.InvalidArgument, "part: It is NULL.")]
    [InlineData("evaluate.no_sums", Status.InvalidArgument, "sums: It is NULL.")]
    [InlineData("evaluate.count", Status.InvalidArgument, "count: There are 1 numbers; the part has 66.")]
    [InlineData("evaluate.nowhere", Status.InvalidArgument, "result: It is NULL.")]
    [InlineData("evaluate.annotated", Status.InvalidArgument, "part: Some of its classes are not annotated; those of parts all are.")]
    [InlineData("result.as_options", Status.InvalidArgument, "options: It is not alive:")]
    [InlineData("result.freed", Status.InvalidArgument, "result: It is not alive:")]
    [InlineData("result.twice", Status.InvalidArgument, "result: It is not alive:")]
    [InlineData("result.invented", Status.InvalidArgument, "result: It is not alive:")]
    [InlineData("cuda.memory", Status.OutOfMemory, "cuMemAlloc_v2 failed: CUDA_ERROR_OUT_OF_MEMORY (2). Free device memory,")]
    [InlineData("cuda.label", Status.InvalidArgument, "targets: 1 label(s) are neither a class (0 to 2) nor the ignored label (-1); the first is 9, in sample 0 at voxel [0, 4].")]
    [InlineData("cuda.device", Status.NotSupported, "The provider 'cuda' does not take Float32 logits and UInt8 targets on cuda:7. cuDeviceGet failed: CUDA_ERROR_INVALID_DEVICE (101). There is no such device:")]
    [InlineData("cuda.stream", Status.CudaError, "cuStreamIsCapturing failed: CUDA_ERROR_INVALID_HANDLE (400).")]
    [InlineData("cuda.address", Status.CudaError, "cuStreamSynchronize failed: CUDA_ERROR_ILLEGAL_ADDRESS (700).")]
    [InlineData("cuda.after", Status.CudaError, "cuCtxGetCurrent failed: CUDA_ERROR_ILLEGAL_ADDRESS (700).")]
    public void Mistake_OfEveryKind_HasItsStatusAndMessage(string name, object status, string message)
    {
        string found = (name.StartsWith("cuda.", StringComparison.Ordinal) ? s_cudaMistakes : s_mistakes).Value[name];
        Assert.StartsWith($"{(int)status} {message}", found);
    }

    [Fact]
    public void Mistakes_OfTheProgram_AreAllJudged()
    {
        IEnumerable<string> judged = typeof(ConsumerTests).GetMethod(nameof(Mistake_OfEveryKind_HasItsStatusAndMessage))!
            .GetCustomAttributes(typeof(InlineDataAttribute), false).Select(data => (string)((InlineDataAttribute)data).Data[0]!);
        Assert.Equal(judged.Order(), s_mistakes.Value.Keys.Concat(s_cudaMistakes.Value.Keys).Order());
    }

    [Fact]
    public void Threads_AtOnce_HaveTheSameBitsAndErrorsOfTheirOwn() => Assert.Equal("8 rounds 100", ConsumerProgram.Run("threads")["threads"]);

    private static ReferenceResult Check(DeviceKind device, string test, ElementType type, DiceOptions options, ReferenceTargets targets, double[] upstream)
    {
        ReferenceResult truth = Reference.Compute(s_shape, s_logits, targets, options, upstream);
        ErrorRule.Losses(truth.Losses, Numbers(device, test + ".losses"), null, type.LossType(), 1, test);
        ErrorRule.Gradient(
            truth.Gradient, Numbers(device, test + ".gradient"), null, type, truth.Gradient.Max(Math.Abs), test);
        return truth;
    }

    private static double[] Numbers(DeviceKind device, string name) => ConsumerProgram.Numbers((device == DeviceKind.Cuda ? s_cudaValues : s_values).Value[name]);
}
