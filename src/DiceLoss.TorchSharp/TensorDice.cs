using static global::TorchSharp.torch;

namespace DiceLoss.TorchSharp;

/// <summary>
/// The loss of two tensors, for every module and function: checks, forward pass, and, where a gradient can be asked for, a node in the graph.
/// </summary>
internal static class TensorDice
{
    /// <summary>Computes the loss. Whatever can go wrong goes wrong before autograd knows of it.</summary>
    public static Tensor Loss(Tensor logits, Tensor labels, DiceOptions options)
    {
        DeferredFailure.ThrowPending();
        TensorChecks.Logits(logits);
        TensorChecks.Labels(labels, logits);

        DiceCall call = Forward(logits, labels, options);
        Tensor loss = LossTensor(call.Result, logits);
        if (is_grad_enabled() && logits.requires_grad)
        {
            using Tensor detached = loss;
            loss = DiceFunction.Attach(detached, logits, labels, call);
        }

        // libtorch is given addresses: the tensors must live until the last call that reads them has returned.
        GC.KeepAlive(logits);
        GC.KeepAlive(labels);
        return loss;
    }

    private static DiceCall Forward(Tensor logits, Tensor labels, DiceOptions options)
    {
        TensorDescriptor logitsView = TensorView.Of(logits), labelsView = TensorView.Of(labels);
        IDiceProvider provider = ProviderChoice.For(logitsView.Device, logitsView.ElementType, labelsView.ElementType);
        DiceResult result = Dice.Forward(logitsView, labelsView, options, provider, CudaStream.Current(logitsView.Device));
        return new DiceCall(result, provider, logits);
    }

    private static Tensor LossTensor(DiceResult result, Tensor logits)
    {
        ScalarType type = result.LossType == ElementType.Float64 ? ScalarType.Float64 : ScalarType.Float32;
        global::TorchSharp.torch.Device device = logits.device;
        return result.Options.Reduction switch
        {
            DiceReduction.None => tensor(result.Losses.ToArray(), dtype: type, device: device),
            DiceReduction.PerClass => tensor(result.Losses.ToArray(), [result.Sums.Samples, result.Sums.Classes], dtype: type, device: device),
            _ => tensor(result.Loss, dtype: type, device: device),
        };
    }
}
