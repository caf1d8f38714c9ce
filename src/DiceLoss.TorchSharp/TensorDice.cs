using DiceLoss.Checks;
using static global::TorchSharp.torch;

namespace DiceLoss.TorchSharp;

/// <summary>
/// The loss of tensors, for every module and function: checks, forward pass, and, where a gradient can be asked for, a node in the graph.
/// </summary>
internal static class TensorDice
{
    /// <summary>Computes the loss. Whatever can go wrong goes wrong before autograd knows of it.</summary>
    public static Tensor Loss(Tensor logits, Tensor targets, DiceOptions options, Tensor? voxelWeights = null, Tensor? annotated = null) =>
        Compute(logits, Checked(logits, targets, voxelWeights, annotated, options), options).Loss;

    /// <summary>Computes the loss of sums that these tensors have a part in.</summary>
    public static Tensor LossOfSums(Tensor logits, Tensor targets, DiceSums sums, DiceOptions options, Tensor? voxelWeights) =>
        Compute(logits, Checked(logits, targets, voxelWeights, annotated: null, options), options, sums).Loss;

    /// <summary>Computes the sums alone; no part of any graph.</summary>
    public static DiceSums Sums(Tensor logits, Tensor targets, DiceOptions options, Tensor? voxelWeights) =>
        Sums(logits, Checked(logits, targets, voxelWeights, annotated: null, options), options);

    /// <summary>Computes the loss and, in the same pass, counts the hard prediction.</summary>
    public static (Tensor Loss, DiceMetrics Metrics) LossAndMetrics(
        Tensor logits, Tensor targets, DiceOptions options, Tensor? voxelWeights, Tensor? annotated)
    {
        TensorTargets all = Checked(logits, targets, voxelWeights, annotated, options);
        (Tensor loss, DiceResult result) = Compute(logits, all, options with { HardPrediction = Prediction(options, logits, targets) });
        return (loss, result.Metrics);
    }

    /// <summary>Counts the hard prediction alone; no part of any graph.</summary>
    public static DiceMetrics Metrics(Tensor logits, Tensor targets, DiceOptions options, Tensor? voxelWeights, Tensor? annotated)
    {
        TensorTargets all = Checked(logits, targets, voxelWeights, annotated, options);

        // Of what the options say, counts depend on nothing else.
        DiceOptions counting = new()
        {
            Activation = options.Activation,
            IgnoreLabel = options.IgnoreLabel,
            HardPrediction = Prediction(options, logits, targets),
        };
        return new DiceMetrics(Sums(logits, all, counting), all.Annotated);
    }

    private static TensorTargets Checked(Tensor logits, Tensor targets, Tensor? voxelWeights, Tensor? annotated, DiceOptions options)
    {
        ReturnedGradient.Release();
        DeferredFailure.ThrowPending();
        TensorChecks.Logits(logits);
        TensorChecks.Targets(targets, logits);
        if (voxelWeights is not null) TensorChecks.VoxelWeights(voxelWeights, logits);
        return new TensorTargets(targets, voxelWeights, annotated is null ? [] : HostAnnotated(annotated, logits, options));
    }

    private static bool[] HostAnnotated(Tensor annotated, Tensor logits, DiceOptions options)
    {
        TensorChecks.Annotated(annotated, logits, options);
        if (annotated.numel() == 0 || logits.dim() < 2) return []; // where data() is not; where the shape is refused
        using var scope = NewDisposeScope();
        bool[] values = annotated.cpu().contiguous().data<bool>().ToArray();
        GC.KeepAlive(annotated);
        return values;
    }

    private static DiceSums Sums(Tensor logits, TensorTargets targets, DiceOptions options)
    {
        TensorDescriptor logitsView = TensorView.Of(logits);
        DiceTargets targetsView = targets.View();
        IDiceProvider provider = ProviderChoice.For(logitsView.Device, logitsView.ElementType, targetsView.Values.ElementType);
        DiceSums sums = Dice.Sums(logitsView, targetsView, options, provider, CudaStream.Current(logitsView.Device));
        GC.KeepAlive(logits);
        targets.KeepAlive();
        return sums;
    }

    private static (Tensor Loss, DiceResult Result) Compute(Tensor logits, TensorTargets targets, DiceOptions options, DiceSums? sums = null)
    {
        bool leadsBack = is_grad_enabled() && !is_inference_mode_enabled() && logits.requires_grad;
        if (leadsBack) TensorChecks.Keepable(logits, targets);
        DiceCall call = Forward(logits, targets, options, sums);
        Tensor loss = LossTensor(call.Result, logits);
        if (leadsBack)
        {
            using Tensor detached = loss;
            loss = DiceFunction.Attach(detached, logits, targets, call);
        }

        // libtorch is given addresses: the tensors must live until the last call that reads them has returned.
        GC.KeepAlive(logits);
        targets.KeepAlive();
        return (loss, call.Result);
    }

    private static DiceCall Forward(Tensor logits, TensorTargets targets, DiceOptions options, DiceSums? sums)
    {
        TensorDescriptor logitsView = TensorView.Of(logits);
        DiceTargets targetsView = targets.View();
        IDiceProvider provider = ProviderChoice.For(logitsView.Device, logitsView.ElementType, targetsView.Values.ElementType);
        DiceResult result = sums is null
            ? Dice.Forward(logitsView, targetsView, options, provider, CudaStream.Current(logitsView.Device))
            : Evaluate(sums, logitsView, targetsView, options);
        return new DiceCall(result, provider, logits, isPart: sums is not null);
    }

    // What does not fit the tensors is refused here already: in the backward pass nothing can be thrown.
    private static DiceResult Evaluate(DiceSums sums, in TensorDescriptor logits, in DiceTargets targets, DiceOptions options)
    {
        DiceProblem problem = ProblemChecks.Problem(logits, targets, options, stream: 0, CancellationToken.None);
        DiceResult result = Dice.Evaluate(sums, options, logits.ElementType.LossType());
        ProblemChecks.BelongsTo(result, problem, nameof(sums));
        return result;
    }

    // What the options say; if nothing, one class per voxel where classes compete or targets are labels, and otherwise each on its own.
    private static HardPrediction Prediction(DiceOptions options, Tensor logits, Tensor targets)
    {
        if (options.HardPrediction != HardPrediction.None) return options.HardPrediction;
        bool isOneOfSeveral = options.Activation switch
        {
            Activation.Sigmoid => false,
            Activation.None => logits.dim() > 1 && logits.size(1) > 1 && targets.dim() < logits.dim(),
            _ => true,
        };
        return isOneOfSeveral ? HardPrediction.Argmax : HardPrediction.Threshold;
    }

    private static Tensor LossTensor(DiceResult result, Tensor logits)
    {
        ScalarType type = result.LossType == ElementType.Float64 ? ScalarType.Float64 : ScalarType.Float32;
        global::TorchSharp.torch.Device device = logits.device;
        return result.Options.Reduction switch
        {
            DiceReduction.None => tensor(result.Losses.ToArray(), dtype: type, device: device),
            DiceReduction.PerClass => tensor(result.Losses.ToArray(), [result.Sums.Samples, result.Sums.Classes], dtype: type, device: device),
            _ => type == ScalarType.Float64 ? tensor(result.Loss, device: device) : tensor((float)result.Loss, device: device), // converted here, not there
        };
    }
}
