using System.Runtime.CompilerServices;
using DiceLoss.Cpu.Simd;

namespace DiceLoss.Cpu.Kernels;

/// <summary>A run of whole blocks for a kernel: voxels next to each other in memory, channels at a fixed distance.</summary>
internal unsafe struct BlockRun
{
    /// <summary>The first voxel in channel 0.</summary>
    public byte* Logits;

    /// <summary>Bytes from one channel to the next.</summary>
    public nint ChannelStride;

    /// <summary>Where the gradient of the first voxel in channel 0 goes; may be <see cref="Logits"/>.</summary>
    public byte* Gradient;

    /// <summary>Bytes from one channel of the gradient to the next.</summary>
    public nint GradientStride;

    /// <summary>Whether the gradient should go past the caches, since it is too large to be found there later. Its channels then lie whole lines apart.</summary>
    public bool Streams;

    /// <summary>Where the labels of a later tile lie, to be asked for while this run is worked on.</summary>
    public byte* LabelsAhead;

    /// <summary>Bytes of a block's labels there; 0 for none.</summary>
    public int LabelBytes;

    /// <summary>Where the logits of the next run lie, if they are gathered from one piece of memory, to be asked for while this run is worked on.</summary>
    public byte* LogitsAhead;

    /// <summary>Bytes of a block's logits there; 0 for none.</summary>
    public nint LogitBytes;

    /// <summary>Position of the first voxel among the tile's labels and weights. The targets of maps begin with it.</summary>
    public int FirstLabel;

    /// <summary>Whether every voxel counts.</summary>
    public bool AllCount;

    /// <summary>How many blocks.</summary>
    public int Blocks;

    /// <summary>Asks for what will be needed when as many blocks of a later run are begun as have been of this one.</summary>
    /// <param name="block">How many.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void AskAhead(int block)
    {
        if (LabelBytes > 0) Prefetch.Run(LabelsAhead + ((nint)block * LabelBytes), LabelBytes, 1);
        if (LogitBytes > 0) Prefetch.Piece(LogitsAhead + (block * LogitBytes), LogitBytes);
    }
}
