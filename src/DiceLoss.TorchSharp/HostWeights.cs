using static global::TorchSharp.torch;

namespace DiceLoss.TorchSharp;

/// <summary>
/// Class weights in double in main memory, beside the buffer that holds them for a module. The loss reads these: no wait for a device
/// in every step, and no rounding when the module is converted to a 16-bit type.
/// </summary>
/// <param name="values">The weights.</param>
/// <param name="buffer">The module's buffer, which holds the same weights in its own type.</param>
internal sealed class HostWeights(ClassWeights values, Tensor buffer)
{
    private ClassWeights _inBuffer = Copy(buffer);

    /// <summary>The weights.</summary>
    public ClassWeights Values { get; private set; } = values;

    /// <summary>Reads the weights of a tensor.</summary>
    /// <exception cref="ArgumentException">It is not a vector of real numbers, or requires a gradient.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A weight is negative, infinite or NaN.</exception>
    /// <exception cref="ObjectDisposedException">It is disposed.</exception>
    public static ClassWeights Copy(Tensor weight)
    {
        TensorChecks.Weight(weight);
        using var scope = NewDisposeScope();
        double[] values = weight.to(ScalarType.Float64).cpu().data<double>().ToArray();
        GC.KeepAlive(weight);
        return ClassWeights.Create(values);
    }

    /// <summary>Takes over what was written to the buffer, by loading a state, since it was looked at last.</summary>
    public void Refresh(Tensor buffer)
    {
        ClassWeights inBuffer = Copy(buffer);
        if (inBuffer.Equals(_inBuffer)) return;
        _inBuffer = inBuffer;
        Values = inBuffer;
    }

    /// <summary>Remembers the same weights in a buffer of another type or on another device.</summary>
    public void Converted(Tensor buffer) => _inBuffer = Copy(buffer);
}
