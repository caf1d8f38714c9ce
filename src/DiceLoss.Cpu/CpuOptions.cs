namespace DiceLoss.Cpu;

/// <summary>How a <see cref="CpuProvider"/> works. None of it changes a bit of a result.</summary>
public sealed record CpuOptions
{
    /// <summary>
    /// The register width; <see langword="null"/>, the default, for what the environment variable DICELOSS_SIMD says (512, 256, 128 or
    /// scalar) or else the widest of the machine.
    /// </summary>
    public SimdLevel? SimdLevel { get; init; }

    /// <summary>How many threads work on one call at most, the calling one included; 0, the default, for the whole <see cref="Team"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Set to a negative number.</exception>
    public int MaxThreads
    {
        get;
        init => field = value >= 0 ? value : throw new ArgumentOutOfRangeException(
            nameof(MaxThreads), value, $"{nameof(MaxThreads)} is {value}; it is 0 (the whole team) or more.");
    }

    /// <summary>Whose threads work; <see langword="null"/>, the default, for those of the .NET thread pool, one per processor.</summary>
    public IThreadTeam? Team { get; init; }
}
