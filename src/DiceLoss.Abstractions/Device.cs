namespace DiceLoss;

/// <summary>The place where a tensor is stored.</summary>
/// <param name="Kind">The kind of memory.</param>
/// <param name="Index">Which device of that kind, from 0.</param>
public readonly record struct Device(DeviceKind Kind, int Index = 0)
{
    /// <summary>Main memory.</summary>
    public static Device Cpu => new(DeviceKind.Cpu);

    /// <summary>A CUDA device.</summary>
    /// <param name="index">Which one, from 0.</param>
    /// <returns>The device.</returns>
    public static Device Cuda(int index = 0) => new(DeviceKind.Cuda, index);

    /// <summary>The device as text, such as <c>cpu</c> or <c>cuda:0</c>.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => Kind switch
    {
        DeviceKind.Cpu => "cpu",
        DeviceKind.Cuda => $"cuda:{Index}",
        _ => $"{Kind}:{Index}",
    };
}
