using DiceLoss.Checks;
using static global::TorchSharp.torch;

namespace DiceLoss.TorchSharp;

/// <summary>
/// What only a TorchSharp tensor can get wrong, checked before anything else happens. Shapes, and whatever concerns tensors of any
/// library, are checked by <see cref="Dice"/>.
/// </summary>
internal static class TensorChecks
{
    private const string NumberTypes = "float32, float64, float16 or bfloat16", IntegerTypes = "int8, uint8, int16, int32 or int64";

    public static void Logits(Tensor logits)
    {
        Readable(logits, nameof(logits));
        if (TensorView.ElementTypeOf(logits.dtype)?.IsFloatingPoint() != true)
        {
            throw new ArgumentException($"The logits hold {logits.dtype}; they hold {NumberTypes}.", nameof(logits));
        }
    }

    /// <summary>Checks labels or maps, after the logits.</summary>
    public static void Targets(Tensor targets, Tensor logits)
    {
        Readable(targets, nameof(targets));
        if (targets.requires_grad)
        {
            throw new ArgumentException("The targets require a gradient; they are constants of the loss and get none. Pass targets.detach().", nameof(targets));
        }

        if (TensorView.ElementTypeOf(targets.dtype) is not { } type)
        {
            throw new ArgumentException(
                $"The targets hold {targets.dtype}; labels hold {IntegerTypes}, masks these or bool, soft targets {NumberTypes}.", nameof(targets));
        }

        long channels = logits.dim() < 2 ? 0 : logits.size(1);
        bool isMaps = targets.dim() == logits.dim();
        if (isMaps && channels > 1 && targets.size(1) == 1)
        {
            string integers = type.IsFloatingPoint() ? ".to(torch.int64)" : "";
            throw new ArgumentException(
                $"The targets have shape {Shapes.Text(targets.shape)}, one map for logits of {channels} channels. Labels have no channel dimension: "
                + $"pass targets.squeeze(1){integers}. Maps have one for each channel.", nameof(targets));
        }

        if (!isMaps && targets.dtype == ScalarType.Bool && channels > 2)
        {
            throw new ArgumentException(
                $"The labels hold Bool, which tells two classes apart; the logits have {channels} channels. Labels hold {IntegerTypes}; masks of bool have "
                + "the shape of the logits.", nameof(targets));
        }

        SameDevice(nameof(targets), targets.device_type, targets.device_index, logits.device_type, logits.device_index);
    }

    /// <summary>Checks the weights of voxels, after the logits; what its numbers may be is found in the pass that reads them.</summary>
    public static void VoxelWeights(Tensor voxelWeights, Tensor logits)
    {
        const string Words = "voxel weights";
        Readable(voxelWeights, nameof(voxelWeights), Words);
        if (voxelWeights.requires_grad)
        {
            throw new ArgumentException(
                "The voxel weights require a gradient; they are constants of the loss and get none. Pass voxel_weights.detach().", nameof(voxelWeights));
        }

        if (TensorView.ElementTypeOf(voxelWeights.dtype)?.IsFloatingPoint() != true)
        {
            throw new ArgumentException($"The voxel weights hold {voxelWeights.dtype}; they hold {NumberTypes}.", nameof(voxelWeights));
        }

        if (voxelWeights.dim() == logits.dim() && logits.dim() > 2 && voxelWeights.size(1) == 1)
        {
            throw new ArgumentException(
                $"The voxel weights have shape {Shapes.Text(voxelWeights.shape)}; they have no channel dimension: pass voxel_weights.squeeze(1).",
                nameof(voxelWeights));
        }

        SameDevice(Words, voxelWeights.device_type, voxelWeights.device_index, logits.device_type, logits.device_index, nameof(voxelWeights));
    }

    /// <summary>Checks that targets or voxel weights have a voxel for each of a level of deep supervision; their other dimensions are checked with the level.</summary>
    public static void Resizable(Tensor tensor, long[] space, string name, bool isMaps)
    {
        int leading = isMaps ? 2 : 1;
        long[] shape = tensor.shape;
        if (shape.Length == leading + space.Length && shape.Skip(leading).Zip(space).All(length => (length.First == 0) == (length.Second == 0))) return;
        throw new ArgumentException(
            $"{name} has shape {Shapes.Text(shape)}, which cannot be resized to a level with space {Shapes.Text(space)}: for labels and weights "
            + "it is [N, ...], for maps [N, C, ...], with as many dimensions of space as the level.", name);
    }

    /// <summary>Checks that a level of deep supervision, whose logits were checked before, has the classes and the device of another.</summary>
    public static void OneNetwork(Tensor logits, Tensor others)
    {
        if (logits.dim() < 2 || others.dim() < 2) return; // which is said with the other shapes
        if (logits.size(1) != others.size(1))
        {
            throw new ArgumentException($"The logits of one level have {others.size(1)} channels, those of another {logits.size(1)}; all have the same classes.", nameof(logits));
        }

        (string first, string second) = (Name(others.device_type, others.device_index), Name(logits.device_type, logits.device_index));
        if (first != second) throw new ArgumentException($"The logits of one level are on {first}, those of another on {second}; all lie on one device.", nameof(logits));
    }

    /// <summary>Checks which classes of which samples are annotated, after the logits.</summary>
    public static void Annotated(Tensor annotated, Tensor logits, DiceOptions options)
    {
        Alive(annotated, nameof(annotated));
        if (annotated.is_sparse) throw new ArgumentException("What is annotated must be dense, not sparse; pass annotated.to_dense().", nameof(annotated));
        if (annotated.device_type == global::TorchSharp.DeviceType.META)
        {
            throw new ArgumentException("What is annotated is on meta, where there is nothing to read.", nameof(annotated));
        }

        if (logits.dim() < 2) return; // which is said with the other shapes
        (long samples, long classes) = (logits.size(0), options.ClassesOf(logits.size(1)));
        if (annotated.dtype == ScalarType.Bool && annotated.shape.AsSpan().SequenceEqual([samples, classes])) return;
        throw new ArgumentException(
            $"What is annotated is {annotated.dtype} of shape {Shapes.Text(annotated.shape)}; it is Bool, one for each sample and class: "
            + $"[{samples}, {classes}].", nameof(annotated));
    }

    /// <summary>Checks a vector of class weights; what its numbers may be is up to <see cref="HostWeights"/>.</summary>
    public static void Weight(Tensor weight, string name)
    {
        Alive(weight, name);
        if (weight.requires_grad)
        {
            throw new ArgumentException($"The {name} requires a gradient; class weights are constants of the loss. Pass {name}.detach().", name);
        }

        Dense(weight, name);
        if (weight.device_type == global::TorchSharp.DeviceType.META)
        {
            throw new ArgumentException($"The {name} is on meta, where there is nothing to read.", name);
        }

        if (weight.dtype == ScalarType.Bool || TensorView.ElementTypeOf(weight.dtype) is null || weight.dim() != 1)
        {
            throw new ArgumentException(
                $"The {name} holds {weight.dtype} in shape {Shapes.Text(weight.shape)}; it is one real number per class, shape [K].", name);
        }
    }

    /// <summary>Checks that the backward pass may keep tensors; before the forward pass, because keeping them would fail only after it.</summary>
    public static void Keepable(Tensor logits, TensorTargets targets)
    {
        Keepable(logits, nameof(logits));
        Keepable(targets.Values, nameof(targets));
        if (targets.VoxelWeights is { } voxelWeights) Keepable(voxelWeights, nameof(voxelWeights), "voxel weights");
    }

    /// <summary>Checks that a tensor lies where the logits do; apart from tensors, because not every machine has two devices.</summary>
    public static void SameDevice(
        string words, global::TorchSharp.DeviceType type, int index, global::TorchSharp.DeviceType logits, int logitsIndex, string? name = null)
    {
        if (TensorView.DeviceOf(type, index) == TensorView.DeviceOf(logits, logitsIndex)) return;
        throw new ArgumentException(
            $"The {words} are on {Name(type, index)}, the logits on {Name(logits, logitsIndex)}; move them to one device with {Code(words)}.to(logits.device).",
            name ?? words);
    }

    /// <summary>Checks that a tensor's elements lie in memory as they are.</summary>
    /// <param name="tensor">The tensor.</param>
    /// <param name="name">The name of the argument.</param>
    /// <param name="words">What to call it in a sentence, if it is not its name.</param>
    public static void Readable(Tensor tensor, string name, string? words = null)
    {
        words ??= name;
        Alive(tensor, name, words);
        Dense(tensor, name, words);
        if (TensorView.DeviceOf(tensor.device_type, tensor.device_index) is null)
        {
            throw new ArgumentException($"The {words} are on {Name(tensor.device_type, tensor.device_index)}; they are on the CPU or a CUDA device.", name);
        }

        if (tensor.is_neg())
        {
            throw new ArgumentException($"The {words} are a lazily negated view; pass {Code(words)}.resolve_neg().", name);
        }
    }

    private static void Keepable(Tensor tensor, string name, string? words = null)
    {
        words ??= name;
        if (!LibTorch.IsInference(tensor)) return;
        throw new ArgumentException(
            $"The {words} were made in inference mode, and cannot be kept for the backward pass; pass {Code(words)}.clone(), or call the loss under no_grad "
            + "or inference_mode.", name);
    }

    private static void Alive(Tensor tensor, string name, string? words = null)
    {
        ArgumentNullException.ThrowIfNull(tensor, name);
        if (tensor.IsInvalid) throw new ObjectDisposedException(name, $"The tensor {Code(words ?? name)} has been disposed; it must live until the call returns.");
    }

    private static void Dense(Tensor tensor, string name, string? words = null)
    {
        words ??= name;
        if (tensor.is_sparse)
        {
            throw new ArgumentException($"The {words} must be dense, not sparse; pass {Code(words)}.to_dense().", name);
        }

        if (tensor.is_quantized())
        {
            throw new ArgumentException($"The {words} hold quantized {tensor.dtype}; pass {Code(words)}.dequantize() or integers.", name);
        }
    }

    // As the parameters of this library are named.
    private static string Code(string words) => words.Replace(' ', '_');

    private static string Name(global::TorchSharp.DeviceType type, int index) =>
        TensorView.DeviceOf(type, index)?.ToString() ?? type.ToString().ToLowerInvariant();
}
