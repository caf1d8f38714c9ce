using System.Diagnostics.CodeAnalysis;
using DiceLoss.Cpu.Kernels;
using DiceLoss.Cpu.Simd;
using DiceLoss.Cpu.Threading;

namespace DiceLoss.Cpu;

/// <summary>
/// Runs the voxel loops on the processor: SIMD, several threads, working memory that does not grow with the volume. The same input gives
/// the same bits at every SIMD level and for any number of threads.
/// </summary>
public sealed class CpuProvider : IDiceProvider
{
    /// <summary>
    /// The number of voxels whose sums are kept in the type of computation. If a volume is split at multiples of it, the sums of the parts merge to the same bits.
    /// </summary>
    public const int TileVoxels = LanePattern.Tile;

    private static readonly Lazy<CpuProvider> s_shared = new(() => new CpuProvider());

    private readonly IThreadTeam _team;
    private readonly int _maxThreads;

    // Kept from one call to the next, so that a call allocates nothing; a second call at the same time makes its own.
    private SumsPass? _idleSums;
    private GradientPass? _idleGradient;

    /// <summary>Makes a provider.</summary>
    /// <param name="options">How it works; <see langword="null"/> for the defaults.</param>
    /// <exception cref="PlatformNotSupportedException">This machine does not have the SIMD level that is asked for.</exception>
    /// <exception cref="ArgumentException">The environment variable DICELOSS_SIMD has an unknown value.</exception>
    public CpuProvider(CpuOptions? options = null)
    {
        options ??= new CpuOptions();
        SimdLevel = SimdLevels.Choose(options.SimdLevel);
        _team = options.Team ?? PoolTeam.Instance;
        _maxThreads = options.MaxThreads;
    }

    /// <summary>The provider with the default options, made on first use. If that fails, every later use in the same process throws the same exception.</summary>
    /// <exception cref="PlatformNotSupportedException">This machine does not have the SIMD level that the environment variable DICELOSS_SIMD names.</exception>
    /// <exception cref="ArgumentException">The environment variable DICELOSS_SIMD has an unknown value.</exception>
    public static CpuProvider Shared => s_shared.Value;

    /// <summary>The SIMD levels of this machine, narrowest first.</summary>
    public static IReadOnlyList<SimdLevel> SupportedLevels => SimdLevels.Supported;

    /// <summary>The register width that this provider works with.</summary>
    public SimdLevel SimdLevel { get; }

    private int Threads => _maxThreads > 0 ? _maxThreads : _team.Size;

    /// <inheritdoc/>
    public string Name => "cpu";

    /// <inheritdoc/>
    public bool Supports(Device device, ElementType logits, ElementType targets, [NotNullWhen(false)] out string? reason)
    {
        reason = device.Kind == DeviceKind.Cpu ? null : $"It works in main memory, not on {device}.";
        return reason is null;
    }

    /// <inheritdoc/>
    public InvalidTargets Sums(in DiceProblem problem, DiceSums destination)
    {
        ArgumentNullException.ThrowIfNull(destination);
        SumsPass pass = Interlocked.Exchange(ref _idleSums, null) ?? new SumsPass();
        InvalidTargets invalid = pass.Make(KernelTable.Find(SimdLevel, problem), problem, _team, Threads, destination);
        _idleSums = pass;
        return invalid;
    }

    /// <inheritdoc/>
    public void Gradient(in DiceProblem problem, DiceCoefficients coefficients, in TensorDescriptor upstream, in TensorDescriptor destination)
    {
        ArgumentNullException.ThrowIfNull(coefficients);
        GradientPass pass = Interlocked.Exchange(ref _idleGradient, null) ?? new GradientPass();
        pass.Make(KernelTable.Find(SimdLevel, problem), problem, _team, Threads, coefficients, upstream, destination);
        _idleGradient = pass;
    }
}
