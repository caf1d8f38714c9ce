using DiceLoss.Testing.Conformance;

namespace DiceLoss.Cpu.Tests;

/// <summary>The conformance suite over one configuration of the CPU provider; skipped, and said so, where the machine lacks the level.</summary>
public abstract class CpuConformance : ProviderConformance
{
    private readonly SimdLevel _level;

    protected CpuConformance(SimdLevel level, int threads)
    {
        Assert.SkipUnless(CpuProvider.SupportedLevels.Contains(level), $"This machine has no {level}.");
        _level = level;
        Provider = new CpuProvider(new CpuOptions { SimdLevel = level, MaxThreads = threads });
    }

    protected override IDiceProvider Provider { get; }

    protected override int TileVoxels => CpuProvider.TileVoxels;

    // The levels give the same bits, which has its own tests; the full number of random cases is run once.
    protected override double Thoroughness => _level == SimdLevel.Vector256 ? 2 : 0.5;
}

public sealed class ScalarConformance() : CpuConformance(SimdLevel.Scalar, threads: 1);

public sealed class Vector128Conformance() : CpuConformance(SimdLevel.Vector128, threads: 2);

public sealed class Vector256Conformance() : CpuConformance(SimdLevel.Vector256, threads: 1);

public sealed class Vector512Conformance() : CpuConformance(SimdLevel.Vector512, threads: 1);

public sealed class Vector512SixThreadsConformance() : CpuConformance(SimdLevel.Vector512, threads: 6);
