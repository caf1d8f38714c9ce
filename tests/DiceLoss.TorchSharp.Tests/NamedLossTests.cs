using static DiceLoss.TorchSharp.Tests.Closeness;

namespace DiceLoss.TorchSharp.Tests;

/// <summary>Jaccard, Tversky, focal Tversky and generalised Dice: values, gradients, modules, mistakes, and training.</summary>
public class NamedLossTests
{
    private static readonly long[][] s_shapes = [[3, 4, 5, 6], [2, 3, 4, 5, 3], [2, 1, 6, 5], [4, 5, 20]];

    public static IEnumerable<TheoryDataRow<string, DiceReduction, int>> Cases() =>
        from name in NamedLoss.All.Keys
        from reduction in Enum.GetValues<DiceReduction>()
        where reduction != DiceReduction.PerClass || !IsPooled(name)
        from seed in Enumerable.Range(0, 8)
        select new TheoryDataRow<string, DiceReduction, int>(name, reduction, seed);

    public static TheoryData<string> Names => [.. NamedLoss.All.Keys];

    public static TheoryData<string, Type, string, string> Mistakes => new()
    {
        { "alpha -1", typeof(ArgumentOutOfRangeException), "alpha", "alpha is -1; it is finite and not negative." },
        { "beta NaN", typeof(ArgumentOutOfRangeException), "beta", "beta is NaN; it is finite and not negative." },
        { "focal alpha infinite", typeof(ArgumentOutOfRangeException), "alpha", "it is finite and not negative." },
        { "gamma 0", typeof(ArgumentOutOfRangeException), "Gamma", "Gamma is 0; it is positive and finite." },
        { "w_type None", typeof(ArgumentOutOfRangeException), "w_type", "w_type is None, which is a score per class: the Dice loss. It is InverseSquaredLabelMass, InverseLabelMass or Uniform." },
        { "w_type 17", typeof(ArgumentOutOfRangeException), "ClassPooling", "ClassPooling is 17; it is one of None, Uniform, InverseLabelMass, InverseSquaredLabelMass." },
        { "smooth -1", typeof(ArgumentOutOfRangeException), "Smooth", "Smooth is -1; it is finite and not negative." },
        { "reduction 17", typeof(ArgumentOutOfRangeException), "Reduction", "Reduction is 17; it is one of Mean, Sum, None, Batch, PerClass." },
        { "negative weight", typeof(ArgumentOutOfRangeException), "weight", "The weight of class 1 is -1; class weights are finite and not negative." },
        { "weight of rank 2", typeof(ArgumentException), "weight", "it is one real number per class, shape [K]." },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Function_RandomCase_EqualsThePlainLossInValueAndGradient(string name, DiceReduction reduction, int seed)
    {
        using var scope = NewDisposeScope();
        NamedLoss loss = NamedLoss.All[name];
        (Tensor x, Tensor y, NamedLoss.Arguments arguments) = Case(reduction, seed, ScalarType.Float64);
        Tensor plainLeaf = x.clone().requires_grad_(), leaf = x.clone().requires_grad_();

        Tensor truth = loss.PlainLoss(plainLeaf, y, arguments), ours = loss.Function(leaf, y, arguments);
        Assert.Equal(ScalarType.Float64, ours.dtype);
        AssertClose(truth, ours, 1e-12 * Math.Max(1, Largest(truth)));

        Tensor upstream = linspace(0.75, 2, truth.numel(), dtype: ScalarType.Float64).reshape(truth.shape);
        truth.backward([upstream]);
        ours.backward([upstream]);
        AssertClose(plainLeaf.grad!, leaf.grad!, 1e-11 * Largest(plainLeaf.grad!));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Function_Float32Logits_EqualsThePlainLossInFloat64(string name)
    {
        using var scope = NewDisposeScope();
        NamedLoss loss = NamedLoss.All[name];
        foreach (int seed in Enumerable.Range(0, 8))
        {
            (Tensor x, Tensor y, NamedLoss.Arguments arguments) = Case(DiceReduction.Sum, seed, ScalarType.Float32);
            Tensor plainLeaf = x.to(ScalarType.Float64).requires_grad_(), leaf = x.clone().requires_grad_();
            Tensor truth = loss.PlainLoss(plainLeaf, y, arguments), ours = loss.Function(leaf, y, arguments);
            Assert.Equal(ScalarType.Float32, ours.dtype);
            AssertClose(truth, ours, 2.4e-7 * Math.Max(1, Largest(truth)));

            truth.backward();
            ours.backward();
            AssertClose(plainLeaf.grad!, leaf.grad!, 2e-6 * Largest(plainLeaf.grad!));
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Module_SameArguments_IsTheFunction(string name)
    {
        using var scope = NewDisposeScope();
        NamedLoss loss = NamedLoss.All[name];
        foreach (int seed in Enumerable.Range(0, 8))
        {
            (Tensor x, Tensor y, NamedLoss.Arguments arguments) = Case(DiceReduction.Batch, seed, ScalarType.Float64);
            using DiceLossModule module = loss.Module(arguments);
            AssertClose(loss.Function(x, y, arguments), module.call(x, y), 0);
        }
    }

    [Fact]
    public void ToString_EachLoss_NamesItWithItsDefaults()
    {
        const string Common = "weight: null, ignore_channel: -1, ignore_label: -1, smooth: 0, p: 1, reduction: Mean, ";
        using DiceLossModule jaccard = nn.JaccardLoss(), tversky = nn.TverskyLoss(), focal = nn.FocalTverskyLoss(gamma: 1.5), generalized = nn.GeneralizedDiceLoss();
        Assert.Equal($"JaccardLoss({Common}overlap: Jaccard)", jaccard.ToString());
        Assert.Equal($"TverskyLoss({Common}overlap: Tversky(alpha: 0.3, beta: 0.7))", tversky.ToString());
        Assert.Equal($"FocalTverskyLoss({Common}overlap: Tversky(alpha: 0.3, beta: 0.7), gamma: 1.5)", focal.ToString());
        Assert.Equal($"GeneralizedDiceLoss({Common}class_pooling: InverseSquaredLabelMass)", generalized.ToString());
        Assert.Equal("FocalTverskyLoss", focal.GetName());
    }

    [Fact]
    public void FocalTverskyLoss_Defaults_AreTheDocumentedOnes()
    {
        using DiceLossModule module = nn.FocalTverskyLoss();
        Assert.Equal(new DiceOptions { Overlap = Overlap.Tversky(0.3, 0.7), Gamma = 4.0 / 3 }, module.Options);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Module_WithWeight_IsSavedLoadedConvertedAndFollowed(string name)
    {
        using var scope = NewDisposeScope();
        NamedLoss loss = NamedLoss.All[name];
        double[] weights = [0.1, 0.2, 0.7];
        using DiceLossModule saved = loss.Module(new() { Weight = tensor(weights) }), loaded = loss.Module(new() { Weight = tensor([1.0, 1, 1]) });
        using var stream = new MemoryStream();
        saved.save(stream);
        using var content = new MemoryStream(stream.ToArray());
        loaded.load(content);
        Assert.Equal(weights, loaded.Options.ClassWeights!);
        loaded.to(ScalarType.BFloat16);

        Tensor x = RandomCase.Logits([2, 3, 4, 5], ScalarType.Float64, 2), y = RandomCase.Labels([2, 3, 4, 5], ScalarType.Byte, 2);
        AssertClose(saved.call(x, y), loaded.call(x, y), 0);
        Assert.Equal(ScalarType.BFloat16, loaded.state_dict()["weight"].dtype);
        Assert.Equal(saved.Options, loaded.Options);
    }

    [Theory]
    [MemberData(nameof(Mistakes))]
    public void FunctionAndModule_BadArgument_ThrowBeforeAnyTensorIsLookedAt(string what, Type type, string argument, string message)
    {
        using var scope = NewDisposeScope();
        foreach (Exception thrown in (Exception[])[Assert.Throws(type, () => BadFunction(what)), Assert.Throws(type, () => BadModule(what))])
        {
            Assert.Contains(message, thrown.Message, StringComparison.Ordinal);
            Assert.Equal(argument, ((ArgumentException)thrown).ParamName);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Function_BadTensors_ThrowsAndTheNextCallWorks(string name)
    {
        using var scope = NewDisposeScope();
        NamedLoss loss = NamedLoss.All[name];
        var byDefault = new NamedLoss.Arguments();
        Tensor x = zeros(2, 3, 4).requires_grad_(), y = zeros(2, 4, dtype: ScalarType.Int64);

        Assert.Equal("logits", Assert.Throws<ArgumentNullException>(() => loss.Function(null!, y, byDefault)).ParamName);
        Assert.Equal("targets", Assert.Throws<ArgumentNullException>(() => loss.Function(x, null!, byDefault)).ParamName);
        Assert.Contains("the first is 3", Assert.Throws<ArgumentOutOfRangeException>(() => loss.Function(x, y + 3, byDefault)).Message, StringComparison.Ordinal);
        var twoWeights = new NamedLoss.Arguments { Weight = ones(2) };
        Assert.Contains("ClassWeights has 2 weights for 3 classes", Assert.Throws<ArgumentException>(() => loss.Function(x, y, twoWeights)).Message, StringComparison.Ordinal);

        loss.Function(x, y, byDefault).backward();
        Assert.Equal(x.shape, x.grad!.shape);
    }

    [Fact]
    public void GeneralizedDiceLoss_LossPerClass_SaysThatThereIsNone()
    {
        using var scope = NewDisposeScope();
        using DiceLossModule module = nn.GeneralizedDiceLoss(reduction: DiceReduction.PerClass);
        var thrown = Assert.Throws<ArgumentException>(() => module.call(zeros(2, 3, 4), zeros(2, 4, dtype: ScalarType.Int64)));
        Assert.Contains("the classes have one score together", thrown.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Module_TrainingALayer_TakesTheStepsOfThePlainLoss(string name)
    {
        using var scope = NewDisposeScope();
        NamedLoss loss = NamedLoss.All[name];
        var arguments = new NamedLoss.Arguments { IgnoreChannel = 0, IgnoreLabel = 255, Smooth = 1e-3 };
        Tensor image = RandomCase.Logits([2, 4, 12, 12], ScalarType.Float64, 3);
        Tensor y = image.narrow(1, 0, 3).argmax(1); // a layer can learn it
        y.narrow(1, 0, 1).fill_(255);
        using DiceLossModule module = loss.Module(arguments);

        (double[] Losses, double[] Weights) ours = Train(image, logits => module.call(logits, y));
        (double[] Losses, double[] Weights) plain = Train(image, logits => loss.PlainLoss(logits, y, arguments));
        Assert.True(ours.Losses[^1] < 0.6 * ours.Losses[0], $"from {ours.Losses[0]} to {ours.Losses[^1]}");
        AssertClose(tensor(plain.Losses), tensor(ours.Losses), 1e-10);
        AssertClose(tensor(plain.Weights), tensor(ours.Weights), 1e-9);
    }

    private static (double[] Losses, double[] Weights) Train(Tensor image, Func<Tensor, Tensor> loss)
    {
        using var scope = NewDisposeScope();
        random.manual_seed(5);
        using var layer = nn.Conv2d(4, 3, 1, dtype: ScalarType.Float64);
        using var optimizer = optim.Adam(layer.parameters(), lr: 0.1);
        List<double> losses = [];
        for (int i = 0; i < 40; i++)
        {
            using var step = NewDisposeScope();
            optimizer.zero_grad();
            Tensor value = loss(layer.call(image));
            value.backward();
            optimizer.step();
            losses.Add(value.item<double>());
        }

        return ([.. losses], Values(layer.weight!));
    }

    private static bool IsPooled(string name) => name.StartsWith("generalized", StringComparison.Ordinal);

    private static (Tensor X, Tensor Y, NamedLoss.Arguments Arguments) Case(DiceReduction reduction, int seed, ScalarType type)
    {
        var random = new Random(seed);
        long[] shape = s_shapes[seed % s_shapes.Length];
        int classes = (int)Math.Max(2, shape[1]);
        long? ignoreLabel = seed % 3 == 0 ? null : 255;
        Tensor y = RandomCase.Labels(shape, ScalarType.Int64, seed, ignoreLabel);
        if (seed >= 4) y[0] = where(y[0] == 1, zeros_like(y[0]), y[0]); // an absent class
        return (RandomCase.Logits(shape, type, seed), y, new()
        {
            Weight = seed % 2 == 1 ? tensor([.. Enumerable.Range(0, classes).Select(_ => 0.1 + random.NextDouble())]) : null,
            IgnoreChannel = seed % 4 < 2 ? random.Next(classes) : -1,
            IgnoreLabel = ignoreLabel ?? -1,
            Smooth = seed % 3 == 1 ? 0 : random.NextDouble(),
            Reduction = reduction,
        });
    }

    // Without tensors: what is wrong is found before they are asked for.
    private static Tensor BadFunction(string what) => what switch
    {
        "alpha -1" => nn.functional.tversky_loss(null!, null!, alpha: -1),
        "beta NaN" => nn.functional.tversky_loss(null!, null!, beta: double.NaN),
        "focal alpha infinite" => nn.functional.focal_tversky_loss(null!, null!, alpha: double.PositiveInfinity),
        "gamma 0" => nn.functional.focal_tversky_loss(null!, null!, gamma: 0),
        "w_type None" => nn.functional.generalized_dice_loss(null!, null!, ClassPooling.None),
        "w_type 17" => nn.functional.generalized_dice_loss(null!, null!, (ClassPooling)17),
        "smooth -1" => nn.functional.jaccard_loss(null!, null!, smooth: -1),
        "reduction 17" => nn.functional.jaccard_loss(null!, null!, reduction: (DiceReduction)17),
        "negative weight" => nn.functional.tversky_loss(null!, null!, weight: tensor([1.0, -1, 1])),
        "weight of rank 2" => nn.functional.jaccard_loss(null!, null!, ones(1, 3)),
        _ => throw new ArgumentException(what),
    };

    private static DiceLossModule BadModule(string what) => what switch
    {
        "alpha -1" => nn.TverskyLoss(alpha: -1),
        "beta NaN" => nn.TverskyLoss(beta: double.NaN),
        "focal alpha infinite" => nn.FocalTverskyLoss(alpha: double.PositiveInfinity),
        "gamma 0" => nn.FocalTverskyLoss(gamma: 0),
        "w_type None" => nn.GeneralizedDiceLoss(ClassPooling.None),
        "w_type 17" => nn.GeneralizedDiceLoss((ClassPooling)17),
        "smooth -1" => nn.JaccardLoss(smooth: -1),
        "reduction 17" => nn.JaccardLoss(reduction: (DiceReduction)17),
        "negative weight" => nn.TverskyLoss(weight: tensor([1.0, -1, 1])),
        "weight of rank 2" => nn.JaccardLoss(ones(1, 3)),
        _ => throw new ArgumentException(what),
    };
}
