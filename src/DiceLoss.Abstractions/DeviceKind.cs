namespace DiceLoss;

/// <summary>A kind of memory that tensors are stored in. The numbers are DLPack's.</summary>
public enum DeviceKind
{
    /// <summary>Main memory.</summary>
    Cpu = 1,

    /// <summary>Memory of a CUDA device.</summary>
    Cuda = 2,
}
