using System.Diagnostics.CodeAnalysis;
using static DiceLoss.TorchSharp.Tests.Closeness;

namespace DiceLoss.TorchSharp.Tests;

/// <summary>
/// What users do with graphs. Each ends in the right gradient, or in a gradient of NaN and an exception at the next call; never in an
/// aborted process, never in a wrong number.
/// </summary>
public class AutogradTests
{
    private static readonly long[] s_shape = [2, 4, 6, 5];

    private static Tensor Y => RandomCase.Labels(s_shape, ScalarType.Byte, 1);

    [Fact]
    public void Backward_LeafLogits_FillsTheirGradient()
    {
        using var scope = NewDisposeScope();
        Tensor x = X();
        Dice(x).backward();
        AssertClose(Truth(x), x.grad!, 1e-15);
    }

    [Fact]
    public void Backward_ComputedLogits_ReachesWhatTheyWereComputedFrom()
    {
        using var scope = NewDisposeScope();
        Tensor x = X();
        Tensor scale = tensor(2.0, requires_grad: true);
        Dice(x * scale).backward();

        Tensor inner = Truth((x * 2).detach());
        AssertClose(inner * 2, x.grad!, 1e-15);
        AssertClose((inner * x).sum(), scale.grad!, 1e-14);
    }

    [Fact]
    public void Backward_TwiceWithRetainedGraph_AddsTheGradientTwice()
    {
        using var scope = NewDisposeScope();
        Tensor x = X(), loss = Dice(x * 1);
        loss.backward(retain_graph: true);
        loss.backward();
        AssertClose(2 * Truth(x), x.grad!, 1e-15);
    }

    [Fact]
    public void Grad_ManyTimesWithRetainedGraph_GivesTheSameBits()
    {
        using var scope = NewDisposeScope();
        Tensor x = X(), loss = Dice(x * 1), first = autograd.grad([loss], [x], retain_graph: true)[0];
        AssertClose(Truth(x), first, 1e-15);
        for (int i = 0; i < 20; i++) AssertClose(first, autograd.grad([loss], [x], retain_graph: true)[0], 0);
    }

    [Fact]
    public void Backward_TwoLossesOfOneNetwork_AddsBothGradients()
    {
        using var scope = NewDisposeScope();
        Tensor x = X(), logits = x * 1;
        (Dice(logits) + (3 * Dice(logits))).backward();
        AssertClose(4 * Truth(x), x.grad!, 1e-15);
    }

    [Fact]
    public void Backward_UpstreamScaledByTheGraph_ScalesTheGradient()
    {
        using var scope = NewDisposeScope();
        Tensor x = X();
        (Dice(x) * 65536).backward();
        AssertClose(65536 * Truth(x), x.grad!, 1e-10);
    }

    [Fact]
    public void Backward_NonFiniteUpstream_PassesThrough()
    {
        using var scope = NewDisposeScope();
        Tensor x = X();
        (Dice(x) * double.PositiveInfinity).backward();
        Assert.All(Values(x.grad!), value => Assert.False(double.IsFinite(value)));
    }

    [Fact]
    public void Backward_ExpandedUpstream_IsReadWithItsStride()
    {
        using var scope = NewDisposeScope();
        Tensor x = X();
        Tensor losses = nn.functional.dice_loss(x, Y, reduction: DiceReduction.None);
        losses.sum().backward(); // libtorch hands down one number with stride 0
        AssertClose(2 * Truth(x), x.grad!, 1e-15);
    }

    [Fact]
    public void Backward_UndefinedUpstream_GivesNoGradient()
    {
        using var scope = NewDisposeScope();
        Tensor x = X();
        Tensor other = ones(1, dtype: ScalarType.Float64, requires_grad: true);
        (SilentFunction.Apply(Dice(x)) + other.sum()).backward();
        Assert.True(x.grad is null || x.grad.IsInvalid);
        Assert.Equal(1, other.grad!.item<double>());
    }

    [Fact]
    public void DiceLoss_LogitsThatNeedNoGradient_IsNoPartOfAGraph()
    {
        using var scope = NewDisposeScope();
        Assert.False(nn.functional.dice_loss(X().detach(), Y).requires_grad);
    }

    [Fact]
    public void DiceLoss_UnderNoGrad_IsNoPartOfAGraph()
    {
        using var scope = NewDisposeScope();
        using var off = no_grad();
        Assert.False(Dice(X()).requires_grad);
    }

    [Fact]
    public void DiceLoss_UnderInferenceMode_Works()
    {
        using var scope = NewDisposeScope();
        Tensor x = X();
        double truth = Dice(x).item<double>();
        using var on = inference_mode();
        Assert.Equal(truth, Dice(x).item<double>());
        Assert.Equal(truth, nn.functional.dice_loss(x.clone(), Y).item<double>());
    }

    [Fact]
    public void Backward_LossBesideACallInInferenceMode_IsUntouchedByIt()
    {
        using var scope = NewDisposeScope();
        Tensor x = X(), loss = Dice(x);
        using (inference_mode()) Dice(x).Dispose();
        loss.backward();
        AssertClose(Truth(x), x.grad!, 1e-15);
    }

    [Theory]
    [InlineData("logits")]
    [InlineData("targets")]
    [InlineData("voxel weights")]
    public void DiceLoss_TensorMadeInInferenceMode_IsRefusedBeforeAnyWorkIfThereIsAGradient(string which)
    {
        using var scope = NewDisposeScope();
        using var provider = new ScriptedProvider { OnSums = () => throw new InvalidTimeZoneException("It has begun.") };
        Tensor x = X(), y = Y, weights = ones(2, 6, 5);
        using (inference_mode())
        {
            if (which == "logits") x = X();
            else if (which == "targets") y = Y;
            else weights = ones(2, 6, 5);
        }

        var thrown = Assert.Throws<ArgumentException>(() => nn.functional.dice_loss(x, y, DiceOptions.Default, weights));
        string code = which.Replace(' ', '_');
        Assert.StartsWith(
            $"The {which} were made in inference mode, and cannot be kept for the backward pass; pass {code}.clone(), or call the loss under no_grad or "
            + "inference_mode.",
            thrown.Message, StringComparison.Ordinal);
        Assert.Equal(which == "voxel weights" ? "voxelWeights" : which, thrown.ParamName);

        provider.OnSums = () => { };
        nn.functional.dice_loss(x.clone(), y.clone(), DiceOptions.Default, weights.clone());
        using var off = no_grad();
        nn.functional.dice_loss(x, y, DiceOptions.Default, weights);
    }

    [Theory]
    [InlineData("logits", false)]
    [InlineData("logits", true)]
    [InlineData("labels", false)]
    [InlineData("labels", true)]
    public void Backward_TensorChangedInPlaceSinceForward_IsNotANumberAndTheNextCallThrows(string which, bool throughGrad)
    {
        using var scope = NewDisposeScope();
        Tensor x = X(), logits = x * 1, y = Y, loss = nn.functional.dice_loss(logits, y);
        using (no_grad())
        {
            if (which == "logits") logits.add_(1);
            else y.zero_();
        }

        Tensor gradient = GradientOf(loss, x, throughGrad);
        Assert.Equal(s_shape, gradient.shape);
        Assert.All(Values(gradient), value => Assert.True(double.IsNaN(value)));
        AssertNextCallThrows("modified by an inplace operation");
    }

    [Fact]
    public void Grad_LogitsChangedInPlaceAndAGraphWanted_IsNotANumber()
    {
        using var scope = NewDisposeScope();
        Tensor x = X(), logits = x * 1, loss = Dice(logits);
        using (no_grad()) logits.add_(1);
        Tensor gradient = autograd.grad([loss], [x], create_graph: true)[0];
        Assert.Equal(s_shape, gradient.shape);
        Assert.All(Values(gradient), value => Assert.True(double.IsNaN(value)));
        AssertNextCallThrows("modified by an inplace operation");
    }

    [Fact]
    public void Backward_ProviderIsNoLongerRegistered_IsThatOfForward()
    {
        using var scope = NewDisposeScope();
        bool was = false;
        Tensor x = X(), loss;
        using (new ScriptedProvider { OnGradient = () => was = true }) loss = Dice(x * 1);
        loss.backward();
        Assert.True(was);
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public void Backward_ProviderFails_IsNotANumberAndTheNextCallThrowsOnce(bool throughGrad, bool leaf)
    {
        using var scope = NewDisposeScope();
        using (var provider = new ScriptedProvider { OnGradient = () => throw new InvalidTimeZoneException("It is too late.") })
        {
            Tensor x = X(), loss = Dice(leaf ? x : x * 1);
            Assert.All(Values(GradientOf(loss, x, throughGrad)), value => Assert.True(double.IsNaN(value)));
        }

        InvalidOperationException thrown = AssertNextCallThrows("It is too late.");
        Assert.IsType<InvalidTimeZoneException>(thrown.InnerException);
        using Tensor works = Dice(X());
        Assert.True(double.IsFinite(works.item<double>()));
    }

    [Fact]
    public void Backward_ProviderFailsInFloat16_IsNotANumberOfThatType()
    {
        using var scope = NewDisposeScope();
        using (new ScriptedProvider { OnGradient = () => throw new InvalidTimeZoneException("Late.") })
        {
            Tensor x = X().detach().to(ScalarType.Float16).requires_grad_();
            Dice(x).backward();
            Assert.Equal(ScalarType.Float16, x.grad!.dtype);
            Assert.All(Values(x.grad!), value => Assert.True(double.IsNaN(value)));
        }

        AssertNextCallThrows("Late.");
    }

    [Fact]
    public void Backward_FailsAndNaNCannotBeMade_LeavesNoGradientAndTheNextCallThrows()
    {
        using var scope = NewDisposeScope();
        using (var provider = new ScriptedProvider { OnGradient = () => throw new InvalidTimeZoneException("It is too late.") })
        {
            Tensor x = X(), y = Y, withoutNaN = quantize_per_tensor(zeros(s_shape), 1, 0, ScalarType.QInt8);
            var call = new DiceCall(DiceLoss.Dice.Forward(TensorView.Of(x), TensorView.Of(y)), provider, withoutNaN);
            Tensor loss = DiceFunction.Attach(tensor(0.5), x * 1, new TensorTargets(y, null, []), call);
            loss.backward();
            Assert.True(x.grad is null || x.grad.IsInvalid);
        }

        AssertNextCallThrows("It is too late.");
    }

    [Fact]
    public void Backward_ItsOwnDataIsGone_LeavesNoGradientAndTheNextCallThrows()
    {
        using var scope = NewDisposeScope();
        Assert.Equal([null!, null!, null!], new DiceFunction().backward(null!, zeros([])));
        AssertNextCallThrows("Object reference");
    }

    [Fact]
    public void Backward_ProviderCollectsGarbageMeanwhile_IsRight()
    {
        using var scope = NewDisposeScope();
        using var provider = new ScriptedProvider { OnGradient = () => { GC.Collect(); GC.WaitForPendingFinalizers(); } };
        Tensor x = X();
        Dice(x * 1).backward();
        AssertClose(Truth(x), x.grad!, 1e-15);
    }

    [Fact]
    public void Backward_ScopeOfTheForwardPassEnded_IsRight()
    {
        using Tensor x = X();
        Tensor loss;
        using (NewDisposeScope()) loss = Dice(x * 1).MoveToOuterDisposeScope();
        using (loss) loss.backward();
        AssertClose(Truth(x), x.grad!, 1e-15);
    }

    [Fact]
    public void Backward_LogitsAndLabelsDisposedSinceForward_IsRight()
    {
        using Tensor x = X();
        Tensor logits = x.neg(), y = Y;
        using Tensor loss = nn.functional.dice_loss(logits, y);
        logits.Dispose();
        y.Dispose();
        loss.backward();
        using var scope = NewDisposeScope();
        AssertClose(-Truth(x.neg()), x.grad!, 1e-15);
    }

    // As torch's own operators have it.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Loss_GradEnabledInInferenceMode_IsAConstant(bool isLeaf)
    {
        using var scope = NewDisposeScope();
        Tensor x = X(), logits = isLeaf ? x : x * 1;
        using (inference_mode())
        using (enable_grad()) Assert.False(Dice(logits).requires_grad);
    }

    // The gradient of an imaginary part is a lazily negated view.
    [Fact]
    public void Backward_UpstreamLazilyNegated_IsRight()
    {
        using var scope = NewDisposeScope();
        Tensor x = X(), loss = Dice(x), zero = zeros_like(loss);
        (complex(zero, loss).conj() * complex(zero, ones_like(loss))).real.backward(); // conj(i loss) i = loss
        AssertClose(Truth(x), x.grad!, 1e-15);
    }

    [Fact]
    public void Backward_WithAListOfInputs_IsRight()
    {
        using var scope = NewDisposeScope();
        Tensor x = X(), other = ones(1, dtype: ScalarType.Float64, requires_grad: true);
        autograd.backward([Dice(x * other)], inputs: [x]);
        AssertClose(Truth(x), x.grad!, 1e-15);
        Assert.True(other.grad is null || other.grad.IsInvalid);
    }

    [Fact]
    public void Backward_UnderAnomalyDetection_IsRight()
    {
        using var scope = NewDisposeScope();
        using var detection = autograd.detect_anomaly(check_nan: true);
        Tensor x = X();
        Dice(x * ones_like(x)).backward();
        AssertClose(Truth(x), x.grad!, 1e-15);
    }

    [Fact]
    public void Backward_LossPerSampleWithoutUpstream_ThrowsAsLibtorchDoes()
    {
        using var scope = NewDisposeScope();
        Tensor losses = nn.functional.dice_loss(X(), Y, reduction: DiceReduction.None);
        Exception thrown = Assert.ThrowsAny<Exception>(() => losses.backward());
        Assert.Contains("grad can be implicitly created only for scalar outputs", thrown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Backward_RetainedGradientOfComputedLogits_IsTheGradient()
    {
        using var scope = NewDisposeScope();
        Tensor x = X(), logits = x.neg();
        logits.retain_grad();
        Dice(logits).backward();
        AssertClose(Truth(logits), logits.grad!, 1e-15);
    }

    [Fact]
    public void Backward_LossesAddedUpOverMicroBatches_AddsTheGradients()
    {
        using var scope = NewDisposeScope();
        Tensor x = X();
        for (int i = 0; i < 3; i++)
        {
            using var step = NewDisposeScope();
            Dice(x).backward();
        }

        AssertClose(3 * Truth(x), x.grad!, 1e-15);
    }

    [Fact]
    public void Backward_OnAnotherThread_IsRight()
    {
        using var scope = NewDisposeScope();
        Tensor x = X(), loss = Dice(x * 1);
        var thread = new Thread(() => loss.backward());
        thread.Start();
        thread.Join();
        AssertClose(Truth(x), x.grad!, 1e-15);
    }

    private static Tensor X() => RandomCase.Logits(s_shape, ScalarType.Float64, 1).requires_grad_();

    private static Tensor Dice(Tensor x) => nn.functional.dice_loss(x, Y);

    private static Tensor Truth(Tensor x)
    {
        Tensor leaf = x.detach().clone().requires_grad_();
        PlainRival.Loss(leaf, Y, DiceOptions.Default).backward();
        return leaf.grad!;
    }

    private static Tensor GradientOf(Tensor loss, Tensor x, bool throughGrad)
    {
        if (throughGrad) return autograd.grad([loss], [x])[0];
        loss.backward();
        return x.grad!;
    }

    private static InvalidOperationException AssertNextCallThrows(string reason)
    {
        var thrown = Assert.Throws<InvalidOperationException>(() => Dice(X()));
        Assert.StartsWith("The backward pass of an earlier loss has failed, and left no gradient but NaN.", thrown.Message, StringComparison.Ordinal);
        Assert.Contains(reason, thrown.Message, StringComparison.Ordinal);
        return thrown;
    }

    /// <summary>The identity, with no gradient.</summary>
    [SuppressMessage("Performance", "CA1812", Justification = "libtorch makes it.")]
    private sealed class SilentFunction : autograd.SingleTensorFunction<SilentFunction>
    {
        private static Tensor? s_output;

        public override string Name => "Silent";

        public static Tensor Apply(Tensor x)
        {
            Tensor result = apply(x);
            GC.KeepAlive(s_output);
            return result;
        }

        public override Tensor forward(autograd.AutogradContext ctx, params object[] vars) => s_output = ((Tensor)vars[0]).clone();

        public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output) => [null!];
    }
}
