namespace DiceLoss.TorchSharp.Tests;

/// <summary>Every wrong argument ends in one .NET exception that names it, what was found and what is accepted, before any work.</summary>
public class BadInputTests
{
    private static Tensor X => zeros(2, 3, 4, 5);

    private static Tensor Y => zeros(2, 4, 5, dtype: ScalarType.Int64);

    public static TheoryData<string, Type, string, string> Messages => new()
    {
        { "x null", typeof(ArgumentNullException), "logits", "null" },
        { "y null", typeof(ArgumentNullException), "targets", "null" },
        { "integer logits", typeof(ArgumentException), "logits", "The logits hold Int64; they hold float32, float64, float16 or bfloat16." },
        { "complex logits", typeof(ArgumentException), "logits", "The logits hold ComplexFloat32; they hold float32, float64, float16 or bfloat16." },
        { "sparse logits", typeof(ArgumentException), "logits", "The logits must be dense, not sparse; pass logits.to_dense()." },
        { "sparse labels", typeof(ArgumentException), "targets", "The targets must be dense, not sparse; pass targets.to_dense()." },
        { "quantized logits", typeof(ArgumentException), "logits", "The logits hold quantized QInt8; pass logits.dequantize() or integers." },
        { "meta logits", typeof(ArgumentException), "logits", "The logits are on meta; they are on the CPU or a CUDA device." },
        { "meta labels", typeof(ArgumentException), "targets", "The targets are on meta; they are on the CPU or a CUDA device." },
        { "float labels", typeof(ArgumentException), "targets", "The labels hold Float32; they are class indices of int8, uint8, int16, int32 or int64." },
        { "bool labels", typeof(ArgumentException), "targets", "The labels hold Bool, which tells two classes apart; the logits have 3 channels. Labels hold int8, uint8, int16, int32 or int64; masks of bool have the shape of the logits." },
        { "complex targets", typeof(ArgumentException), "targets", "The targets hold ComplexFloat32; labels hold int8, uint8, int16, int32 or int64, masks these or bool, soft targets float32, float64, float16 or bfloat16." },
        { "targets that require a gradient", typeof(ArgumentException), "targets", "The targets require a gradient; they are constants of the loss and get none. Pass targets.detach()." },
        { "negated logits", typeof(ArgumentException), "logits", "The logits are a lazily negated view; pass logits.resolve_neg()." },
        { "rank of logits", typeof(ArgumentException), "logits", "The logits have shape [7]; they have shape [N, C, ...]" },
        { "rank of labels", typeof(ArgumentException), "targets", "The targets have shape [2, 4]; logits of shape [2, 3, 4, 5] need labels of shape [2, 4, 5] or maps of shape [2, 3, 4, 5]." },
        { "batch", typeof(ArgumentException), "targets", "The targets have shape [3, 4, 5]; logits of shape [2, 3, 4, 5] need labels of shape [2, 4, 5] or maps of shape [2, 3, 4, 5]." },
        { "space", typeof(ArgumentException), "targets", "The targets have shape [2, 5, 4]; logits of shape [2, 3, 4, 5] need labels of shape [2, 4, 5] or maps of shape [2, 3, 4, 5]." },
        { "one map of integers for three channels", typeof(ArgumentException), "targets", "The targets have shape [2, 1, 4, 5], one map for logits of 3 channels. Labels have no channel dimension: pass targets.squeeze(1). Maps have one for each channel." },
        { "one map of numbers for three channels", typeof(ArgumentException), "targets", "pass targets.squeeze(1).to(torch.int64)." },
        { "mask 2", typeof(ArgumentOutOfRangeException), "targets", "1 value(s) of the masks are neither 0 nor 1 nor the ignored label (-1); the first is 2, in sample 1, channel 2 at voxel [0, 3]." },
        { "soft target 1.5", typeof(ArgumentOutOfRangeException), "targets", "1 value(s) of the maps are neither from 0 to 1 nor the ignored label (-1); the first is 1.5, in sample 1, channel 2 at voxel [0, 3]." },
        { "soft target not a number", typeof(ArgumentOutOfRangeException), "targets", "the first is NaN, in sample 1, channel 2" },
        { "soft targets that require a gradient", typeof(ArgumentException), "targets", "The targets require a gradient; they are constants of the loss and get none. Pass targets.detach()." },
        { "negated soft targets", typeof(ArgumentException), "targets", "The targets are a lazily negated view; pass targets.resolve_neg()." },
        { "sparse weights", typeof(ArgumentException), "voxelWeights", "The voxel weights must be dense, not sparse; pass voxel_weights.to_dense()." },
        { "meta weights", typeof(ArgumentException), "voxelWeights", "The voxel weights are on meta; they are on the CPU or a CUDA device." },
        { "negated weights", typeof(ArgumentException), "voxelWeights", "The voxel weights are a lazily negated view; pass voxel_weights.resolve_neg()." },
        { "integer weights", typeof(ArgumentException), "voxelWeights", "The voxel weights hold Int64; they hold float32, float64, float16 or bfloat16." },
        { "bool weights", typeof(ArgumentException), "voxelWeights", "The voxel weights hold Bool; they hold float32, float64, float16 or bfloat16." },
        { "weights that require a gradient", typeof(ArgumentException), "voxelWeights", "The voxel weights require a gradient; they are constants of the loss and get none. Pass voxel_weights.detach()." },
        { "weights with a channel", typeof(ArgumentException), "voxelWeights", "The voxel weights have shape [2, 1, 4, 5]; they have no channel dimension: pass voxel_weights.squeeze(1)." },
        { "shape of the weights", typeof(ArgumentException), "voxelWeights", "The voxel weights have shape [2, 5, 4]; logits of shape [2, 3, 4, 5] need [2, 4, 5] or [1, 4, 5]." },
        { "weight of a voxel -1", typeof(ArgumentOutOfRangeException), "voxelWeights", "1 voxel weight(s) are negative or not finite in Float32; the first is -1, in sample 1 at voxel [2, 3]." },
        { "weight of a voxel infinite", typeof(ArgumentOutOfRangeException), "voxelWeights", "1 voxel weight(s) are negative or not finite in Float32; the first is Infinity, in sample 1 at voxel [2, 3]." },
        { "annotated transposed", typeof(ArgumentException), "annotated", "What is annotated is Bool of shape [3, 2]; it is Bool, one for each sample and class: [2, 3]." },
        { "annotated of integers", typeof(ArgumentException), "annotated", "What is annotated is Byte of shape [2, 3]; it is Bool, one for each sample and class: [2, 3]." },
        { "annotated of one channel", typeof(ArgumentException), "annotated", "What is annotated is Bool of shape [2, 1]; it is Bool, one for each sample and class: [2, 2]." },
        { "annotated of logits without channels", typeof(ArgumentException), "logits", "The logits have shape [7]; they have shape [N, C, ...]" },
        { "annotated sparse", typeof(ArgumentException), "annotated", "What is annotated must be dense, not sparse; pass annotated.to_dense()." },
        { "annotated on meta", typeof(ArgumentException), "annotated", "What is annotated is on meta, where there is nothing to read." },
        { "annotated with cross-entropy that competes", typeof(ArgumentException), "annotated", "Where classes compete, cross-entropy and focal loss need every class annotated;" },
        { "minimum form with exponent 2", typeof(ArgumentException), "options", "IntersectionForm.Minimum is for exponent 1; the exponent is 2." },
        { "positive weight of softmax", typeof(ArgumentException), "options", "CrossEntropy.PositiveWeight is for one channel with two classes" },
        { "no channels", typeof(ArgumentException), "logits", "The logits have 0 channels" },
        { "label -2", typeof(ArgumentOutOfRangeException), "targets", "1 label(s) are neither a class (0 to 2) nor the ignored label (-1); the first is -2, in sample 1 at voxel [2, 3]." },
        { "label K", typeof(ArgumentOutOfRangeException), "targets", "the first is 3, in sample 0 at voxel [0, 0]." },
        { "label K under an ignored label", typeof(ArgumentOutOfRangeException), "targets", "nor the ignored label (255); the first is 3" },
        { "exponent 0", typeof(ArgumentOutOfRangeException), "Exponent", "Exponent is 0; an exponent is an integer of 1 or more." },
        { "negative smooth", typeof(ArgumentOutOfRangeException), "Smooth", "Smooth is -1; it is finite and not negative." },
        { "smooth not a number", typeof(ArgumentOutOfRangeException), "Smooth", "Smooth is NaN; it is finite and not negative." },
        { "number of weights", typeof(ArgumentException), "options", "ClassWeights has 2 weights for 3 classes" },
        { "no weights", typeof(ArgumentException), "options", "ClassWeights has 0 weights for 3 classes" },
        { "negative weight", typeof(ArgumentOutOfRangeException), "weight", "The weight of class 1 is -1; class weights are finite and not negative." },
        { "weight not a number", typeof(ArgumentOutOfRangeException), "weight", "The weight of class 0 is NaN; class weights are finite and not negative." },
        { "weight of rank 2", typeof(ArgumentException), "weight", "The weight holds Float32 in shape [1, 3]; it is one real number per class, shape [K]." },
        { "bool weight", typeof(ArgumentException), "weight", "The weight holds Bool in shape [3]; it is one real number per class, shape [K]." },
        { "weight that requires a gradient", typeof(ArgumentException), "weight", "The weight requires a gradient; class weights are constants of the loss. Pass weight.detach()." },
        { "meta weight", typeof(ArgumentException), "weight", "The weight is on meta, where there is nothing to read." },
        { "negative ce_weight", typeof(ArgumentOutOfRangeException), "ce_weight", "The weight of class 1 is -1; class weights are finite and not negative." },
        { "ce_weight of rank 2", typeof(ArgumentException), "ce_weight", "The ce_weight holds Float32 in shape [1, 3]; it is one real number per class, shape [K]." },
        { "ce_weight that requires a gradient", typeof(ArgumentException), "ce_weight", "The ce_weight requires a gradient; class weights are constants of the loss. Pass ce_weight.detach()." },
        { "sparse ce_weight", typeof(ArgumentException), "ce_weight", "The ce_weight must be dense, not sparse; pass ce_weight.to_dense()." },
        { "infinite focal_weight", typeof(ArgumentOutOfRangeException), "focal_weight", "The weight of class 2 is Infinity; class weights are finite and not negative." },
        { "infinite sum of focal_weight", typeof(ArgumentOutOfRangeException), "focal_weight", "The sum of the weights is infinite; it is finite." },
        { "meta focal_weight", typeof(ArgumentException), "focal_weight", "The focal_weight is on meta, where there is nothing to read." },
        { "lambda_ce -1", typeof(ArgumentOutOfRangeException), "lambda_ce", "lambda_ce is -1; it is finite and not negative." },
        { "lambda_focal not a number", typeof(ArgumentOutOfRangeException), "lambda_focal", "lambda_focal is NaN; it is finite and not negative." },
        { "lambda_dice -1", typeof(ArgumentOutOfRangeException), "lambda_dice", "lambda_dice is -1; it is finite and not negative." },
        { "reduction", typeof(ArgumentOutOfRangeException), "Reduction", "Reduction is 17; it is one of Mean, Sum, None, Batch, PerClass." },
    };

    [Theory]
    [MemberData(nameof(Messages))]
    public void DiceLoss_BadInput_ThrowsAndNamesIt(string what, Type type, string argument, string message)
    {
        using var scope = NewDisposeScope();
        Exception thrown = Assert.Throws(type, () => Call(what));
        Assert.Contains(message, thrown.Message, StringComparison.OrdinalIgnoreCase);
        Assert.Equal(argument, ((ArgumentException)thrown).ParamName);
    }

    [Fact]
    public void DiceLoss_FiveChannelsWithLabelsUpToFive_NamesTheCountAndTheFirst()
    {
        using var scope = NewDisposeScope();
        Tensor labels = arange(6, dtype: ScalarType.Int64).expand(2, 6);
        var thrown = Assert.Throws<ArgumentOutOfRangeException>(() => nn.functional.dice_loss(zeros(2, 5, 6), labels));
        Assert.Contains("2 label(s) are neither a class (0 to 4)", thrown.Message, StringComparison.Ordinal);
        Assert.Contains("the first is 5, in sample 0 at voxel [5].", thrown.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("logits")]
    [InlineData("targets")]
    [InlineData("weight")]
    [InlineData("voxel_weights")]
    [InlineData("annotated")]
    public void DiceLoss_DisposedTensor_NamesIt(string which)
    {
        using var scope = NewDisposeScope();
        Tensor x = X, y = Y, weight = ones(3), voxelWeights = ones(2, 4, 5), annotated = ones(2, 3, dtype: ScalarType.Bool);
        (which switch { "logits" => x, "targets" => y, "weight" => weight, "voxel_weights" => voxelWeights, _ => annotated }).Dispose();
        var thrown = Assert.Throws<ObjectDisposedException>(() => which is "voxel_weights" or "annotated"
            ? nn.functional.dice_loss(x, y, DiceOptions.Default, voxelWeights, annotated)
            : nn.functional.dice_loss(x, y, weight));
        Assert.StartsWith($"The tensor {which} has been disposed", thrown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void DiceLoss_NoSamplesAnnotated_IsAsWithoutAnnotated()
    {
        using var scope = NewDisposeScope();
        Tensor x = zeros(0, 3, 4), y = zeros(0, 4, dtype: ScalarType.Int64), annotated = zeros(0, 3, dtype: ScalarType.Bool);
        foreach (DiceReduction reduction in Enum.GetValues<DiceReduction>())
        {
            DiceOptions options = new() { Reduction = reduction };
            Closeness.AssertClose(nn.functional.dice_loss(x, y, options), nn.functional.dice_loss(x, y, options, annotated: annotated), 0);
        }

        Assert.Equal(0, nn.functional.dice_metrics(x, y, annotated: annotated).Samples);
    }

    [Fact]
    public void DiceLoss_NullWithoutAType_MeansNoWeight()
    {
        using var scope = NewDisposeScope();
        Assert.Equal(nn.functional.dice_loss(X, Y).item<float>(), nn.functional.dice_loss(X, Y, null).item<float>());
        using DiceLossModule module = nn.DiceLoss(null);
        Assert.Null(module.Options.ClassWeights);
    }

    [Fact]
    public void DiceLoss_NullOptions_Throws()
    {
        using var scope = NewDisposeScope();
        Assert.Equal("options", Assert.Throws<ArgumentNullException>(() => nn.functional.dice_loss(X, Y, (DiceOptions)null!)).ParamName);
        Assert.Equal("options", Assert.Throws<ArgumentNullException>(() => nn.DiceLoss((DiceOptions)null!)).ParamName);
    }

    [Fact]
    public void SameDevice_TargetsElsewhere_NamesBothDevices()
    {
        var thrown = Assert.Throws<ArgumentException>(() => TensorChecks.SameDevice("targets", DeviceType.CPU, -1, DeviceType.CUDA, 1));
        Assert.StartsWith("The targets are on cpu, the logits on cuda:1; move them to one device with targets.to(logits.device).", thrown.Message, StringComparison.Ordinal);
        Assert.Equal("targets", thrown.ParamName);
    }

    [Fact]
    public void SameDevice_OneDevice_Passes()
    {
        TensorChecks.SameDevice("targets", DeviceType.CPU, -1, DeviceType.CPU, 0);
        Assert.Throws<ArgumentException>(() => TensorChecks.SameDevice("targets", DeviceType.CUDA, 0, DeviceType.CUDA, 1));
    }

    [Fact]
    public void DiceLoss_BadInputWithGradient_LeavesNoNodeBehindAndTheNextCallWorks()
    {
        using var scope = NewDisposeScope();
        Tensor x = X.requires_grad_();
        Assert.Throws<ArgumentOutOfRangeException>(() => nn.functional.dice_loss(x, Y + 3));
        using Tensor loss = nn.functional.dice_loss(x, Y);
        loss.backward();
        Assert.NotNull(x.grad);
    }

    private static Tensor Call(string what) => what switch
    {
        "x null" => nn.functional.dice_loss(null!, Y),
        "y null" => nn.functional.dice_loss(X, null!),
        "integer logits" => nn.functional.dice_loss(X.to(ScalarType.Int64), Y),
        "complex logits" => nn.functional.dice_loss(X.to(ScalarType.ComplexFloat32), Y),
        "sparse logits" => nn.functional.dice_loss(X.to_sparse(), Y),
        "sparse labels" => nn.functional.dice_loss(X, Y.to_sparse()),
        "quantized logits" => nn.functional.dice_loss(quantize_per_tensor(X, 0.1, 0, ScalarType.QInt8), Y),
        "meta logits" => nn.functional.dice_loss(zeros(2, 3, 4, 5, device: META), Y),
        "complex targets" => nn.functional.dice_loss(X, X.to(ScalarType.ComplexFloat32)),
        "meta labels" => nn.functional.dice_loss(X, zeros(2, 4, 5, dtype: ScalarType.Int64, device: META)),
        "float labels" => nn.functional.dice_loss(X, Y.to(ScalarType.Float32)),
        "bool labels" => nn.functional.dice_loss(X, Y.to(ScalarType.Bool)),
        "targets that require a gradient" => nn.functional.dice_loss(X, Y.to(ScalarType.Float32).requires_grad_()),
        "negated logits" => nn.functional.dice_loss(complex(X, X).conj().imag, Y),
        "rank of logits" => nn.functional.dice_loss(zeros(7), zeros(7, dtype: ScalarType.Int64)),
        "rank of labels" => nn.functional.dice_loss(X, zeros(2, 4, dtype: ScalarType.Int64)),
        "batch" => nn.functional.dice_loss(X, zeros(3, 4, 5, dtype: ScalarType.Int64)),
        "space" => nn.functional.dice_loss(X, zeros(2, 5, 4, dtype: ScalarType.Int64)),
        "one map of integers for three channels" => nn.functional.dice_loss(X, Y.unsqueeze(1)),
        "one map of numbers for three channels" => nn.functional.dice_loss(X, zeros(2, 1, 4, 5)),
        "mask 2" => nn.functional.dice_loss(X, WithValue(zeros(2, 3, 4, 5, dtype: ScalarType.Byte), 2, 1, 2, 0, 3)),
        "soft target 1.5" => nn.functional.dice_loss(X, WithValue(X, 1.5, 1, 2, 0, 3)),
        "soft target not a number" => nn.functional.dice_loss(X, WithValue(X, double.NaN, 1, 2, 0, 3)),
        "soft targets that require a gradient" => nn.functional.dice_loss(X, X.requires_grad_()),
        "negated soft targets" => nn.functional.dice_loss(X, complex(X, X).conj().imag),
        "sparse weights" => Weighted(Ones.to_sparse()),
        "meta weights" => Weighted(ones(2, 4, 5, device: META)),
        "negated weights" => Weighted(complex(Ones, Ones).conj().imag),
        "integer weights" => Weighted(Y),
        "bool weights" => Weighted(Y.to(ScalarType.Bool)),
        "weights that require a gradient" => Weighted(Ones.requires_grad_()),
        "weights with a channel" => Weighted(ones(2, 1, 4, 5)),
        "shape of the weights" => Weighted(ones(2, 5, 4)),
        "weight of a voxel -1" => Weighted(WithValue(Ones, -1, 1, 2, 3)),
        "weight of a voxel infinite" => Weighted(WithValue(Ones, double.PositiveInfinity, 1, 2, 3)),
        "annotated transposed" => Annotated(ones(3, 2, dtype: ScalarType.Bool)),
        "annotated of integers" => Annotated(ones(2, 3, dtype: ScalarType.Byte)),
        "annotated of one channel" => nn.functional.dice_loss(zeros(2, 1, 4, 5), Y, DiceOptions.Default, annotated: ones(2, 1, dtype: ScalarType.Bool)),
        "annotated sparse" => Annotated(ones(2, 3).to_sparse()),
        "annotated of logits without channels" => nn.functional.dice_loss(zeros(7), zeros(7, dtype: ScalarType.Int64), DiceOptions.Default, annotated: ones(2)),
        "annotated on meta" => Annotated(ones(2, 3, dtype: ScalarType.Bool, device: META)),
        "annotated with cross-entropy that competes" => Annotated(ones(2, 3, dtype: ScalarType.Bool), new DiceOptions { CrossEntropy = new() }),
        "minimum form with exponent 2" => nn.functional.dice_loss(X, X, new DiceOptions { Intersection = IntersectionForm.Minimum, Exponent = 2 }),
        "positive weight of softmax" => nn.functional.dice_loss(X, Y, new DiceOptions { CrossEntropy = new() { PositiveWeight = 2 } }),
        "no channels" => nn.functional.dice_loss(zeros(2, 0, 4), zeros(2, 4, dtype: ScalarType.Int64)),
        "label -2" => nn.functional.dice_loss(X, WithLabel(-2, 1, 2, 3)),
        "label K" => nn.functional.dice_loss(X, WithLabel(3, 0, 0, 0)),
        "label K under an ignored label" => nn.functional.dice_loss(X, WithLabel(3, 0, 1, 1), ignore_label: 255),
        "exponent 0" => nn.functional.dice_loss(X, Y, p: 0),
        "negative smooth" => nn.functional.dice_loss(X, Y, smooth: -1),
        "smooth not a number" => nn.functional.dice_loss(X, Y, smooth: double.NaN),
        "number of weights" => nn.functional.dice_loss(X, Y, ones(2)),
        "no weights" => nn.functional.dice_loss(X, Y, zeros(0)),
        "negative weight" => nn.functional.dice_loss(X, Y, tensor(new float[] { 1, -1, 1 })),
        "weight not a number" => nn.functional.dice_loss(X, Y, full(3, float.NaN)),
        "weight of rank 2" => nn.functional.dice_loss(X, Y, ones(1, 3)),
        "bool weight" => nn.functional.dice_loss(X, Y, ones(3, dtype: ScalarType.Bool)),
        "weight that requires a gradient" => nn.functional.dice_loss(X, Y, ones(3, requires_grad: true)),
        "meta weight" => nn.functional.dice_loss(X, Y, ones(3, device: META)),
        "negative ce_weight" => nn.functional.dice_ce_loss(X, Y, ce_weight: tensor(new float[] { 1, -1, 1 })),
        "ce_weight of rank 2" => nn.functional.dice_ce_loss(X, Y, ce_weight: ones(1, 3)),
        "ce_weight that requires a gradient" => nn.functional.dice_ce_loss(X, Y, ce_weight: ones(3, requires_grad: true)),
        "sparse ce_weight" => nn.functional.dice_ce_loss(X, Y, ce_weight: ones(3).to_sparse()),
        "infinite focal_weight" => nn.functional.dice_focal_loss(X, Y, focal_weight: tensor([1, 1, float.PositiveInfinity])),
        "infinite sum of focal_weight" => nn.functional.dice_focal_loss(X, Y, focal_weight: tensor([1e308, 1e308, 1e308])),
        "meta focal_weight" => nn.functional.dice_focal_loss(X, Y, focal_weight: ones(3, device: META)),
        "lambda_ce -1" => nn.functional.dice_ce_loss(X, Y, lambda_ce: -1),
        "lambda_focal not a number" => nn.functional.dice_focal_loss(X, Y, lambda_focal: double.NaN),
        "lambda_dice -1" => nn.functional.dice_ce_loss(X, Y, lambda_dice: -1),
        "reduction" => nn.functional.dice_loss(X, Y, reduction: (DiceReduction)17),
        _ => throw new ArgumentException(what),
    };

    private static Tensor Ones => ones(2, 4, 5);

    private static Tensor Weighted(Tensor voxelWeights) => nn.functional.dice_loss(X, Y, DiceOptions.Default, voxelWeights);

    private static Tensor Annotated(Tensor annotated, DiceOptions? options = null) =>
        nn.functional.dice_loss(X, Y, options ?? DiceOptions.Default, annotated: annotated);

    private static Tensor WithLabel(long label, params long[] at) => WithValue(Y, label, at);

    private static Tensor WithValue(Tensor tensor, double value, params long[] at)
    {
        Tensor element = tensor;
        foreach (long index in at) element = element.select(0, index);
        element.fill_(value);
        return tensor;
    }
}
