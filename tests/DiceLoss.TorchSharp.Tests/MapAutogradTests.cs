using static DiceLoss.TorchSharp.Tests.Closeness;

namespace DiceLoss.TorchSharp.Tests;

/// <summary>What users do with graphs, as in <see cref="AutogradTests"/>, where the targets are maps with weights.</summary>
public sealed class MapAutogradTests
{
    private static readonly long[] s_shape = [2, 3, 6, 5];
    private static readonly DiceOptions s_options = new() { Activation = Activation.Sigmoid, Smooth = 0.5, CrossEntropy = new() };

    [Fact]
    public void Backward_TwiceWithRetainedGraph_AddsTheGradientTwice()
    {
        using var scope = NewDisposeScope();
        Tensor x = X(), loss = Loss(x * 1);
        loss.backward(retain_graph: true);
        loss.backward();
        AssertClose(2 * Truth(x), x.grad!, 1e-14);
    }

    [Fact]
    public void Backward_SeveralLossesOfOneNetwork_AddsTheirGradients()
    {
        using var scope = NewDisposeScope();
        Tensor x = X(), logits = x * 1;
        Tensor labels = RandomCase.Labels(s_shape, ScalarType.Byte, 9), labelsX = x.detach().clone().requires_grad_();
        nn.functional.dice_loss(labelsX, labels).backward();
        (Loss(logits) + (3 * Loss(logits)) + nn.functional.dice_loss(logits, labels)).backward();
        AssertClose((4 * Truth(x)) + labelsX.grad!, x.grad!, 1e-14);
    }

    [Fact]
    public void Grad_ManyTimesWithRetainedGraph_GivesTheSameBits()
    {
        using var scope = NewDisposeScope();
        Tensor x = X(), loss = Loss(x * 1), first = autograd.grad([loss], [x], retain_graph: true)[0];
        AssertClose(Truth(x), first, 1e-14);
        for (int i = 0; i < 20; i++) AssertClose(first, autograd.grad([loss], [x], retain_graph: true)[0], 0);
    }

    [Fact]
    public void Backward_TargetsAndWeightsDisposedSinceForward_IsRight()
    {
        using Tensor x = X();
        Tensor logits = x.neg(), y = Y(), w = W();
        using Tensor annotated = Annotated(), loss = nn.functional.dice_loss(logits, y, s_options, w, annotated);
        logits.Dispose();
        y.Dispose();
        w.Dispose();
        loss.backward();
        using var scope = NewDisposeScope();
        AssertClose(-Truth(x.neg()), x.grad!, 1e-14);
    }

    [Fact]
    public void Backward_AnnotatedChangedInPlaceSinceForward_IsRight()
    {
        using var scope = NewDisposeScope();
        Tensor x = X(), annotated = Annotated(), loss = nn.functional.dice_loss(x * 1, Y(), s_options, W(), annotated);
        annotated.zero_();
        loss.backward();
        AssertClose(Truth(x), x.grad!, 1e-14);
    }

    [Theory]
    [InlineData("logits", false)]
    [InlineData("targets", false)]
    [InlineData("weights", false)]
    [InlineData("logits", true)]
    [InlineData("targets", true)]
    [InlineData("weights", true)]
    [InlineData("what expanded weights were made from", false)]
    public void Backward_TensorChangedInPlaceSinceForward_IsNotANumberAndTheNextCallThrows(string which, bool throughGrad)
    {
        using var scope = NewDisposeScope();
        Tensor shared = ones(1, 6, 5), w = which.StartsWith("what", StringComparison.Ordinal) ? shared.expand(2, 6, 5) : W();
        Tensor x = X(), logits = x * 1, y = Y(), loss = nn.functional.dice_loss(logits, y, s_options, w);
        using (no_grad()) (which switch { "logits" => logits, "targets" => y, "weights" => w, _ => shared }).zero_();

        if (!throughGrad) loss.backward();
        Tensor gradient = throughGrad ? autograd.grad([loss], [x])[0] : x.grad!;
        Assert.All(Values(gradient), value => Assert.True(double.IsNaN(value)));
        var thrown = Assert.Throws<InvalidOperationException>(() => Loss(x));
        Assert.Contains("modified by an inplace operation", thrown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void DiceMetrics_AfterAFailedBackwardPass_SaysSo()
    {
        using var scope = NewDisposeScope();
        Tensor x = X(), y = RandomCase.Masks(s_shape, ScalarType.Byte, 1), w = W(), loss = nn.functional.dice_loss(x * 1, y, s_options, w);
        w.zero_();
        loss.backward();
        Assert.Throws<InvalidOperationException>(() => nn.functional.dice_metrics(x, y, s_options));
        Assert.Equal(2, nn.functional.dice_metrics(x, y, s_options).Samples);
    }

    [Fact]
    public void DiceMetrics_LogitsThatRequireAGradient_AreOnlyRead()
    {
        using var scope = NewDisposeScope();
        Tensor x = X(), y = RandomCase.Masks(s_shape, ScalarType.Byte, 1);
        double inGraph = nn.functional.dice_metrics(x * 1, y, s_options).Mean();
        using IDisposable mode = inference_mode();
        Assert.Equal(inGraph, nn.functional.dice_metrics(x.clone(), y.clone(), s_options).Mean());
    }

    [Fact]
    public void DiceLoss_UnderNoGradOrInferenceMode_IsNoPartOfAGraph()
    {
        using var scope = NewDisposeScope();
        Tensor x = X();
        double truth = Loss(x).item<double>();
        using (no_grad()) Assert.False(Loss(x).requires_grad);
        using (inference_mode()) Assert.Equal(truth, nn.functional.dice_loss(x.clone(), Y(), s_options, W(), Annotated()).item<double>());
    }

    [Fact]
    public void Backward_OnAnotherThreadDuringCollections_IsRight()
    {
        using var scope = NewDisposeScope();
        using var provider = new ScriptedProvider { OnGradient = () => { GC.Collect(); GC.WaitForPendingFinalizers(); } };
        Tensor x = X(), loss = Loss(x * 1);
        var thread = new Thread(() => loss.backward());
        thread.Start();
        thread.Join();
        AssertClose(Truth(x), x.grad!, 1e-14);
    }

    [Theory]
    [InlineData("maps", "not for maps")]
    [InlineData("weights", "not with voxel weights")]
    [InlineData("annotated", "an annotated mask")]
    public void Grad_UnderCreateGraph_IsNotANumberAndTheNextCallSaysWhy(string what, string message)
    {
        using var scope = NewDisposeScope();
        Tensor x = X(), labels = RandomCase.Labels(s_shape, ScalarType.Byte, 1);
        Tensor loss = what switch
        {
            "maps" => nn.functional.dice_loss(x, Y(), new DiceOptions { Activation = Activation.Sigmoid }),
            "weights" => nn.functional.dice_loss(x, labels, DiceOptions.Default, W()),
            _ => nn.functional.dice_loss(x, labels, DiceOptions.Default, annotated: Annotated()),
        };
        Tensor gradient = autograd.grad([loss], [x], create_graph: true)[0];
        Assert.All(Values(gradient), value => Assert.True(double.IsNaN(value)));
        Assert.All(Values(autograd.grad([gradient.pow(2).sum()], [x])[0]), value => Assert.True(double.IsNaN(value)));
        var thrown = Assert.Throws<InvalidOperationException>(() => Loss(x));
        Assert.Contains("Second derivatives (create_graph) exist for labels alone", thrown.Message, StringComparison.Ordinal);
        Assert.Contains(message, thrown.Message, StringComparison.Ordinal);
        Assert.IsType<NotSupportedException>(thrown.InnerException);
    }

    [Fact]
    public void Grad_UnderCreateGraphWithEverythingAnnotated_IsThatOfTheLabels()
    {
        using var scope = NewDisposeScope();
        Tensor x = X(), y = RandomCase.Labels(s_shape, ScalarType.Byte, 1);
        Tensor loss = nn.functional.dice_loss(x, y, DiceOptions.Default, annotated: ones(2, 3, dtype: ScalarType.Bool));
        Tensor gradient = autograd.grad([loss], [x], retain_graph: true, create_graph: true)[0];
        AssertClose(autograd.grad([nn.functional.dice_loss(x, y)], [x])[0], gradient, 1e-15);
        Assert.True(gradient.requires_grad);
    }

    private static Tensor X() => RandomCase.Logits(s_shape, ScalarType.Float64, 1).requires_grad_();

    private static Tensor Y() => RandomCase.SoftTargets(s_shape, ScalarType.Float32, 1);

    private static Tensor W() => RandomCase.VoxelWeights(s_shape, ScalarType.Float32, 1);

    private static Tensor Annotated() => tensor([true, false, true, true, true, false]).reshape(2, 3);

    private static Tensor Loss(Tensor x) => nn.functional.dice_loss(x, Y(), s_options, W(), Annotated());

    private static Tensor Truth(Tensor x)
    {
        Tensor leaf = x.detach().clone().requires_grad_();
        var plain = new PlainMaps(leaf, Y(), s_options, W(), Annotated());
        (plain.Dice() + plain.CrossEntropy()).backward();
        return leaf.grad!;
    }
}
