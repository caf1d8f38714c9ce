namespace DiceLoss.Testing.Conformance;

// Guard pages: every buffer beside memory that cannot be touched, inputs that cannot be written.
public abstract partial class ProviderConformance
{
    [Theory]
    [InlineData(ElementType.Float32)]
    [InlineData(ElementType.Float64)]
    [InlineData(ElementType.Float16)]
    [InlineData(ElementType.BFloat16)]
    public Task ForwardBackward_BesideGuardPages_StaysInside(ElementType type)
    {
        Assert.SkipUnless(GuardedMemory.IsSupported, "Guard pages are made with Linux's mmap.");
        return ChildProcess.RunAsync(GetType(), nameof(BesideGuardPages), type.ToString());
    }

    /// <summary>For the child process: sizes through all remainders, each beside the page before and the page behind.</summary>
    public void BesideGuardPages(string logits)
    {
        ElementType type = Enum.Parse<ElementType>(logits);
        int tile = Math.Max(TileVoxels, 64);
        int[] sizes = [.. Enumerable.Range(1, 70), 127, 128, 129, tile - 1, tile, tile + 1, (2 * tile) - 3, (3 * tile) + 5, (4 * tile)];
        var places =
            from voxels in sizes
            from targets in new[] { TargetKind.Labels, TargetKind.Maps }
            from placement in new[] { Placement.AfterGuard, Placement.BeforeGuard }
            select (Voxels: voxels, Targets: targets, Placement: placement);
        foreach ((int voxels, TargetKind targets, Placement placement) in Chosen(places))
        {
            bool isMaps = targets == TargetKind.Maps;
            Layout layout = voxels > 40 && voxels % 3 == 0 ? (Layout)(voxels / 3 % (int)Layout.Expanded) : Layout.Contiguous;
            var what = new Case
            {
                Shape = [1 + (voxels % 2), 1 + (voxels % 4), voxels],
                LogitsType = type,
                Targets = targets,
                LabelsType = isMaps ? Cases.MapsTypes[voxels % Cases.MapsTypes.Length] : Cases.LabelsTypes[voxels % Cases.LabelsTypes.Length],
                WeightsType = isMaps ? Cases.LogitsTypes[voxels % 4] : null,
                SharedWeights = voxels % 3 == 0,
                Seed = voxels,
                LogitsLayout = layout,
                LabelsLayout = layout,
                WeightsLayout = layout,
                GradientLayout = layout,
            };
            using var run = new CaseRun(what, placement: placement);
            run.MakeInputsReadOnly(logits: false);
            double[] separate;
            using (var readOnly = new CaseRun(what, placement: placement))
            {
                readOnly.MakeInputsReadOnly();
                separate = readOnly.Backward(Provider, readOnly.Forward(Provider));
            }

            ErrorRule.SameBits(separate, run.BackwardInPlace(Provider, run.Forward(Provider)), $"{what}, {placement}: gradient");
        }
    }
}
