using static global::TorchSharp.torch;

namespace DiceLoss.TorchSharp;

/// <summary>
/// Class weights in double in main memory, beside the buffer that holds them for a module. The loss reads these: no wait for a device
/// in every step, and no rounding when the module is converted to a 16-bit type.
/// </summary>
/// <param name="values">The weights, which the module's buffer holds, too.</param>
internal sealed class HostWeights(ClassWeights values)
{
    /// <summary>The name of the buffer, and of the argument that it is made from.</summary>
    public const string Name = "weight";

    // As its type holds them: one that is too narrow may have made infinities of them, which are no weights.
    private double[] _inBuffer = [.. values];

    /// <summary>The weights.</summary>
    public ClassWeights Values { get; private set; } = values;

    /// <summary>Reads the weights of a tensor.</summary>
    /// <param name="weight">The tensor.</param>
    /// <param name="name">The name of the argument.</param>
    /// <exception cref="ArgumentException">It is not a vector of real numbers, requires a gradient, or is on meta.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A weight is negative, infinite or NaN, or their sum is infinite.</exception>
    /// <exception cref="ObjectDisposedException">It is disposed.</exception>
    public static ClassWeights Copy(Tensor weight, string name) => ClassWeights.Create(Numbers(weight, name), name);

    /// <summary>Takes over what was written to the buffer, by loading a state, since it was looked at last.</summary>
    public void Refresh(Tensor buffer)
    {
        if (HoldsNothing(buffer)) return;
        double[] inBuffer = Numbers(buffer, Name);
        if (inBuffer.AsSpan().SequenceEqual(_inBuffer)) return;
        Values = ClassWeights.Create(inBuffer, Name);
        _inBuffer = inBuffer;
    }

    /// <summary>Remembers the same weights in a buffer of another type or on another device.</summary>
    public void Converted(Tensor buffer)
    {
        if (!HoldsNothing(buffer)) _inBuffer = Numbers(buffer, Name);
    }

    // A module may be moved to meta, as any other; the loss keeps its weights.
    private static bool HoldsNothing(Tensor buffer) => buffer.device_type == global::TorchSharp.DeviceType.META;

    private static double[] Numbers(Tensor weight, string name)
    {
        TensorChecks.Weight(weight, name);
        if (weight.numel() == 0) return []; // where data() is not
        using var scope = NewDisposeScope();
        double[] numbers = weight.to(ScalarType.Float64).cpu().resolve_neg().data<double>().ToArray();
        GC.KeepAlive(weight);
        return numbers;
    }
}
