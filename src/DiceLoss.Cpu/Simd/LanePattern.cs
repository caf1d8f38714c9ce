namespace DiceLoss.Cpu.Simd;

/// <summary>
/// How voxels are dealt to accumulators, whatever the register width: voxel i belongs to lane i mod <see cref="Lanes"/>, and four voxels
/// of a lane, <see cref="Lanes"/> apart, make a column that is worked on at once to hide the latency of the arithmetic. A block is one
/// column of every lane; a tile is the run of voxels whose sums are kept in the type that is computed in before they go to doubles.
/// </summary>
/// <typeparam name="T">The type that is computed in: float or double.</typeparam>
internal static unsafe class LanePattern<T>
    where T : unmanaged
{
    /// <summary>Voxels of one lane in a block.</summary>
    public const int Column = 4;

    /// <summary>16 for float, 8 for double: what a cache line holds.</summary>
    public static int Lanes => 64 / sizeof(T);

    /// <summary>Voxels in a block: 64 for float, 32 for double.</summary>
    public static int Block => Column * Lanes;
}
