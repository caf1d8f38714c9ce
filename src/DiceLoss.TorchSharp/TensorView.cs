using static global::TorchSharp.torch;

namespace DiceLoss.TorchSharp;

/// <summary>Describes tensors for the providers: where they lie and how, without touching an element.</summary>
internal static class TensorView
{
    /// <summary>Describes a tensor that has passed <see cref="TensorChecks"/>. The caller keeps the tensor alive while the view is used.</summary>
    public static TensorDescriptor Of(Tensor tensor) => new(
        LibTorch.DataPointer(tensor.Handle),
        DeviceOf(tensor.device_type, tensor.device_index)!.Value,
        ElementTypeOf(tensor.dtype)!.Value,
        LibTorch.Sizes(tensor),
        LibTorch.Strides(tensor));

    /// <summary>The device in our terms; <see langword="null"/> for those that no provider can know.</summary>
    public static Device? DeviceOf(global::TorchSharp.DeviceType type, int index) => type switch
    {
        global::TorchSharp.DeviceType.CPU => Device.Cpu,
        global::TorchSharp.DeviceType.CUDA => Device.Cuda(index),
        _ => null,
    };

    /// <summary>The element type in our terms; <see langword="null"/> for those that are neither logits nor targets. A bool is the integer 0 or 1.</summary>
    public static ElementType? ElementTypeOf(ScalarType type) => type switch
    {
        ScalarType.Float32 => ElementType.Float32,
        ScalarType.Float64 => ElementType.Float64,
        ScalarType.Float16 => ElementType.Float16,
        ScalarType.BFloat16 => ElementType.BFloat16,
        ScalarType.Int8 => ElementType.Int8,
        ScalarType.Byte or ScalarType.Bool => ElementType.UInt8,
        ScalarType.Int16 => ElementType.Int16,
        ScalarType.Int32 => ElementType.Int32,
        ScalarType.Int64 => ElementType.Int64,
        _ => null,
    };
}
