namespace DiceLoss.Cpu;

/// <summary>How a <see cref="CpuProvider"/> works. No option changes a single bit of a result.</summary>
public sealed record CpuOptions
{
    /// <summary>
    /// The register width; <see langword="null"/>, the default, for the one that the environment variable DICELOSS_SIMD names (512, 256,
    /// 128 or scalar), otherwise the widest of the machine.
    /// </summary>
    public SimdLevel? SimdLevel { get; init; }

    /// <summary>The maximum number of threads that work on one call, including the calling thread; 0, the default, for the whole <see cref="Team"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Set to a negative number.</exception>
    public int MaxThreads
    {
        get;
        init => field = value >= 0 ? value : throw new ArgumentOutOfRangeException(
            nameof(MaxThreads), value, $"{nameof(MaxThreads)} is {value}; it is 0 (the whole team) or more.");
    }

    /// <summary>The team whose threads do the work; <see langword="null"/>, the default, for the .NET thread pool, one thread per processor.</summary>
    public IThreadTeam? Team { get; init; }
}
