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
        { "no channels", typeof(ArgumentException), "logits", "The logits have 0 channels" },
        { "label -2", typeof(ArgumentOutOfRangeException), "targets", "1 label(s) are neither a class (0 to 2) nor the ignored label (-1); the first is -2, in sample 1 at voxel [2, 3]." },
        { "label K", typeof(ArgumentOutOfRangeException), "targets", "the first is 3, in sample 0 at voxel [0, 0]." },
        { "label K under an ignored label", typeof(ArgumentOutOfRangeException), "targets", "nor the ignored label (255); the first is 3" },
        { "exponent 0", typeof(ArgumentOutOfRangeException), "Exponent", "Exponent is 0; an exponent is an integer of 1 or more." },
        { "negative smooth", typeof(ArgumentOutOfRangeException), "Smooth", "Smooth is -1; smoothing is finite and not negative." },
        { "smooth not a number", typeof(ArgumentOutOfRangeException), "Smooth", "Smooth is NaN; smoothing is finite and not negative." },
        { "number of weights", typeof(ArgumentException), "options", "ClassWeights has 2 weights for 3 classes" },
        { "negative weight", typeof(ArgumentOutOfRangeException), "weights", "The weight of class 1 is -1; class weights are finite and not negative." },
        { "weight not a number", typeof(ArgumentOutOfRangeException), "weights", "The weight of class 0 is NaN; class weights are finite and not negative." },
        { "weight of rank 2", typeof(ArgumentException), "weight", "The weight holds Float32 in shape [1, 3]; it is one real number per class, shape [K]." },
        { "bool weight", typeof(ArgumentException), "weight", "The weight holds Bool in shape [3]; it is one real number per class, shape [K]." },
        { "weight that requires a gradient", typeof(ArgumentException), "weight", "The weight requires a gradient; class weights are constants of the loss. Pass weight.detach()." },
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
    public void DiceLoss_DisposedTensor_NamesIt(string which)
    {
        using var scope = NewDisposeScope();
        Tensor x = X, y = Y, weight = ones(3);
        (which == "logits" ? x : which == "targets" ? y : weight).Dispose();
        var thrown = Assert.Throws<ObjectDisposedException>(() => nn.functional.dice_loss(x, y, weight));
        Assert.StartsWith($"The tensor {which} has been disposed", thrown.Message, StringComparison.Ordinal);
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
        "no channels" => nn.functional.dice_loss(zeros(2, 0, 4), zeros(2, 4, dtype: ScalarType.Int64)),
        "label -2" => nn.functional.dice_loss(X, WithLabel(-2, 1, 2, 3)),
        "label K" => nn.functional.dice_loss(X, WithLabel(3, 0, 0, 0)),
        "label K under an ignored label" => nn.functional.dice_loss(X, WithLabel(3, 0, 1, 1), ignore_label: 255),
        "exponent 0" => nn.functional.dice_loss(X, Y, p: 0),
        "negative smooth" => nn.functional.dice_loss(X, Y, smooth: -1),
        "smooth not a number" => nn.functional.dice_loss(X, Y, smooth: double.NaN),
        "number of weights" => nn.functional.dice_loss(X, Y, ones(2)),
        "negative weight" => nn.functional.dice_loss(X, Y, tensor(new float[] { 1, -1, 1 })),
        "weight not a number" => nn.functional.dice_loss(X, Y, full(3, float.NaN)),
        "weight of rank 2" => nn.functional.dice_loss(X, Y, ones(1, 3)),
        "bool weight" => nn.functional.dice_loss(X, Y, ones(3, dtype: ScalarType.Bool)),
        "weight that requires a gradient" => nn.functional.dice_loss(X, Y, ones(3, requires_grad: true)),
        "reduction" => nn.functional.dice_loss(X, Y, reduction: (DiceReduction)17),
        _ => throw new ArgumentException(what),
    };

    private static Tensor WithLabel(long label, params long[] at)
    {
        Tensor labels = Y;
        labels[at[0], at[1], at[2]] = label;
        return labels;
    }
}
