namespace DiceLoss.Cpu.Simd;

/// <summary>
/// How voxels are dealt to accumulators, whatever the register width: voxel i belongs to lane i mod <see cref="Lanes"/>, and
/// <see cref="Column"/> voxels of a lane, one cache line apart, are worked on at once to hide the latency of the arithmetic. A block is one
/// column of every lane; a tile is the run of voxels whose sums are kept in the type that is computed in before they go to doubles.
/// </summary>
internal static class LanePattern
{
    /// <summary>Bytes of a cache line, which a row of lanes fills: the width of every register divides it.</summary>
    public const int CacheLine = 64;

    /// <summary>Bytes of a page: what lies so far apart shares a set of the first-level cache.</summary>
    public const int Page = 4096;

    /// <summary>Voxels of one lane in a block.</summary>
    public const int Column = 4;

    /// <summary>Voxels in a tile: whole blocks of any type.</summary>
    public const int Tile = 512;

    /// <summary>Voxels in a tile where no sums are kept, on the way back: fewer tiles are begun and ended.</summary>
    public const int LongTile = 2 * Tile;

    /// <summary>What a cache line holds: 16 for float, 8 for double.</summary>
    /// <param name="computeSize">Bytes of the type that is computed in.</param>
    public static int Lanes(int computeSize) => CacheLine / computeSize;
}
