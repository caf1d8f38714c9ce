namespace DiceLoss;

/// <summary>The type of one element of a tensor.</summary>
public enum ElementType
{
    /// <summary>IEEE 754 binary32: logits, gradients, losses, soft targets, voxel weights.</summary>
    Float32,

    /// <summary>IEEE 754 binary64: logits, gradients, losses, soft targets, voxel weights.</summary>
    Float64,

    /// <summary>IEEE 754 binary16: logits, gradients, soft targets, voxel weights. Computed in float32.</summary>
    Float16,

    /// <summary>The upper half of a binary32: logits, gradients, soft targets, voxel weights. Computed in float32.</summary>
    BFloat16,

    /// <summary>Signed 8-bit integer: labels and masks.</summary>
    Int8,

    /// <summary>Unsigned 8-bit integer: labels and masks.</summary>
    UInt8,

    /// <summary>Signed 16-bit integer: labels and masks.</summary>
    Int16,

    /// <summary>Signed 32-bit integer: labels and masks.</summary>
    Int32,

    /// <summary>Signed 64-bit integer: labels and masks.</summary>
    Int64,
}
