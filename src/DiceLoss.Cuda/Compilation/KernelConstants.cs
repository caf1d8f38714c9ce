namespace DiceLoss.Cuda.Compilation;

/// <summary>The constants of <c>dice.cuh</c> that the host shares; a test reads them there.</summary>
internal static class KernelConstants
{
    /// <summary>Threads of a warp.</summary>
    public const int Warp = 32;

    /// <summary>Warps of a block, where they do not share voxels.</summary>
    public const int Warps = 4;

    /// <summary>Threads of a block of the kernels that know no voxels: store and collect.</summary>
    public const int BlockOfHelpers = 128;

    /// <summary>Warps of a block for any number of channels.</summary>
    public const int WarpsOfAny = 16;

    /// <summary>Groups of voxels that a thread takes in a tile.</summary>
    public const int Trips = 8;

    /// <summary>Dimensions of a layout.</summary>
    public const int MaxRank = 8;

    /// <summary>The most channels that a thread keeps in registers.</summary>
    public const int MaxChannelsOfThread = 16;

    /// <summary>The most channels that a block keeps in registers, where its warps share voxels.</summary>
    public const int MaxChannels = 256;

    /// <summary>The widest load, in bytes.</summary>
    public const int WidestLoad = 16;

    /// <summary>Numbers that one launch of <c>dice_store</c> carries.</summary>
    public const int StoredNumbers = 480;
}
