using DiceLoss.Testing.Conformance;

namespace DiceLoss.Testing.Tests;

/// <summary>The conformance suite closed over the smallest provider: it can be passed, and the orchestration above providers is right.</summary>
public sealed class ReferenceProviderTests : ProviderConformance
{
    protected override IDiceProvider Provider => ReferenceProvider.Shared;

    protected override int TileVoxels => 1;

    // It has no kernels: every case is computed in the same way.
    protected override double Thoroughness => 0.25;

    protected override int KernelStep => 5;
}
