namespace DiceLoss.Cuda.Compilation;

/// <summary>The kernels; each is the function <c>dice_name</c> of the source <c>name.cu</c>.</summary>
internal enum KernelName
{
    /// <summary>Forward: the sums of every segment.</summary>
    Sums,

    /// <summary>The sums of every sample, from those of its segments.</summary>
    Collect,

    /// <summary>Backward.</summary>
    Gradient,

    /// <summary>Numbers from the arguments of a launch to the device.</summary>
    Store,
}
