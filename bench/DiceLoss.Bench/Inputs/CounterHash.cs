namespace DiceLoss.Bench.Inputs;

/// <summary>
/// Random numbers that depend on their index alone: any thread fills any part, and what was overwritten can be made again. The finaliser
/// of SplitMix64 (G. Steele, D. Lea, C. Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014).
/// </summary>
internal static class CounterHash
{
    private const ulong LabelSeed = 0x9E37_79B9_7F4A_7C15;

    /// <summary>A logit in [-4, 4).</summary>
    public static float Logit(long index) => ((int)(Mix((ulong)index) >> 40) * (8f / (1 << 24))) - 4;

    /// <summary>A class in [0, classes).</summary>
    public static int Class(long voxel, int classes) => (int)((Mix((ulong)voxel ^ LabelSeed) >> 32) * (ulong)classes >> 32);

    private static ulong Mix(ulong counter)
    {
        ulong z = (counter + 1) * LabelSeed;
        z = (z ^ (z >> 30)) * 0xBF58_476D_1CE4_E5B9;
        z = (z ^ (z >> 27)) * 0x94D0_49BB_1331_11EB;
        return z ^ (z >> 31);
    }
}
