using DiceLoss.Bench.Floors;
using DiceLoss.Bench.Inputs;

namespace DiceLoss.Bench.RealSize;

/// <summary>
/// Logits as of a network that has learnt: uniform in [-4, 4), and 8 more for the voxel's own class. A pure function of class and voxel,
/// so that logits which a gradient has overwritten can be looked up again.
/// </summary>
/// <param name="labels">The class of each voxel.</param>
internal sealed unsafe class SyntheticLogits(short[] labels)
{
    private const float OfTheOwnClass = 8;
    private const long Chunk = 1 << 16;

    /// <summary>The logit of a class at a voxel, as the element type stores it.</summary>
    public T At<T>(int klass, long voxel)
        where T : unmanaged =>
        ElementValue.From<T>(CounterHash.Logit((klass * labels.LongLength) + voxel) + (labels[voxel] == klass ? OfTheOwnClass : 0));

    /// <summary>Writes them all, [class][voxel].</summary>
    public void Fill<T>(T* logits, int classes, int threads)
        where T : unmanaged => ChunkTeam.Run(classes * labels.LongLength, Chunk, threads, (start, end) =>
        {
            (int klass, long voxel) = ((int)(start / labels.Length), start % labels.Length);
            for (long i = start; i < end; i++)
            {
                logits[i] = At<T>(klass, voxel);
                if (++voxel == labels.Length) (klass, voxel) = (klass + 1, 0);
            }
        });
}
