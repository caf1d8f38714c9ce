using static global::TorchSharp.torch;

namespace DiceLoss.TorchSharp;

/// <summary>
/// What only a TorchSharp tensor can get wrong, checked before anything else happens. Shapes, and whatever concerns tensors of any
/// library, are checked by <see cref="Dice"/>.
/// </summary>
internal static class TensorChecks
{
    private const string LogitTypes = "float32, float64, float16 or bfloat16", LabelTypes = "int8, uint8, int16, int32 or int64";

    public static void Logits(Tensor logits)
    {
        Readable(logits, nameof(logits));
        if (TensorView.ElementTypeOf(logits.dtype)?.IsFloatingPoint() != true)
        {
            throw new ArgumentException($"The logits hold {logits.dtype}; they hold {LogitTypes}.", nameof(logits));
        }
    }

    public static void Labels(Tensor labels, Tensor logits)
    {
        Readable(labels, nameof(labels));
        if (labels.requires_grad)
        {
            throw new ArgumentException("The labels require a gradient; class indices have none. Pass labels.detach() or labels that are integers.", nameof(labels));
        }

        if (TensorView.ElementTypeOf(labels.dtype)?.IsFloatingPoint() != false)
        {
            string cure = labels.dtype == ScalarType.Bool ? " Convert a mask with labels.to(torch.uint8)." : "";
            throw new ArgumentException($"The labels hold {labels.dtype}; they are class indices of {LabelTypes}.{cure}", nameof(labels));
        }

        SameDevice(labels.device_type, labels.device_index, logits.device_type, logits.device_index);
    }

    /// <summary>Checks a vector of class weights; what its numbers may be is up to <see cref="ClassWeights"/>.</summary>
    public static void Weight(Tensor weight)
    {
        Alive(weight, nameof(weight));
        if (weight.requires_grad)
        {
            throw new ArgumentException("The weight requires a gradient; class weights are constants of the loss. Pass weight.detach().", nameof(weight));
        }

        Dense(weight, nameof(weight));
        if (TensorView.ElementTypeOf(weight.dtype) is null || weight.dim() != 1)
        {
            throw new ArgumentException(
                $"The weight holds {weight.dtype} in shape [{string.Join(", ", weight.shape)}]; it is one real number per class, shape [K].", nameof(weight));
        }
    }

    /// <summary>Checks that labels lie where the logits do; apart from tensors, because not every machine has two devices.</summary>
    public static void SameDevice(global::TorchSharp.DeviceType labels, int labelsIndex, global::TorchSharp.DeviceType logits, int logitsIndex)
    {
        if (TensorView.DeviceOf(labels, labelsIndex) == TensorView.DeviceOf(logits, logitsIndex)) return;
        throw new ArgumentException(
            $"The labels are on {Name(labels, labelsIndex)}, the logits on {Name(logits, logitsIndex)}; move them to one device with labels.to(logits.device).",
            nameof(labels));
    }

    private static void Readable(Tensor tensor, string name)
    {
        Alive(tensor, name);
        Dense(tensor, name);
        if (TensorView.DeviceOf(tensor.device_type, tensor.device_index) is null)
        {
            throw new ArgumentException($"The {name} are on {Name(tensor.device_type, tensor.device_index)}; they are on the CPU or a CUDA device.", name);
        }

        if (tensor.is_neg())
        {
            throw new ArgumentException($"The {name} are a lazily negated view; pass {name}.resolve_neg().", name);
        }
    }

    private static void Alive(Tensor tensor, string name)
    {
        ArgumentNullException.ThrowIfNull(tensor, name);
        if (tensor.IsInvalid) throw new ObjectDisposedException(name, $"The tensor {name} has been disposed; it must live until the call returns.");
    }

    private static void Dense(Tensor tensor, string name)
    {
        if (tensor.is_sparse)
        {
            throw new ArgumentException($"The {name} must be dense, not sparse; pass {name}.to_dense().", name);
        }

        if (tensor.is_quantized())
        {
            throw new ArgumentException($"The {name} hold quantized {tensor.dtype}; pass {name}.dequantize() or integers.", name);
        }
    }

    private static string Name(global::TorchSharp.DeviceType type, int index) =>
        TensorView.DeviceOf(type, index)?.ToString() ?? type.ToString().ToLowerInvariant();
}
