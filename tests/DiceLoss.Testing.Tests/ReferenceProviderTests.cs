using DiceLoss.Testing.Conformance;

namespace DiceLoss.Testing.Tests;

/// <summary>The conformance suite closed over the smallest provider: it can be passed, and the orchestration above providers is right.</summary>
public sealed class ReferenceProviderTests : ProviderConformance
{
    protected override IDiceProvider Provider => ReferenceProvider.Shared;

    protected override int TileVoxels => 1;
}
