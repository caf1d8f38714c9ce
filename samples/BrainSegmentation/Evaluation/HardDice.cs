using BrainSegmentation.Volumes;

namespace BrainSegmentation.Evaluation;

/// <summary>Dice scores of one segmentation against another: per class, 2 * (voxels in both) / (voxels in one + voxels in the other).</summary>
internal sealed class HardDice
{
    private readonly double[] _byClass;

    private HardDice(double[] byClass) => _byClass = byClass;

    /// <summary>The score of a class; NaN when neither side has it.</summary>
    public double this[int classIndex] => _byClass[classIndex];

    /// <summary>The mean over the classes but the background; a class that neither side has is left out.</summary>
    public double MeanForeground => _byClass.Skip(1).Where(d => !double.IsNaN(d)).DefaultIfEmpty(0).Average();

    /// <summary>Compares two segmentations of one size.</summary>
    public static HardDice Of(Volume<short> prediction, Volume<short> truth, int classes)
    {
        var both = new long[classes];
        var either = new long[classes];
        foreach ((short p, short t) in prediction.Voxels.Zip(truth.Voxels))
        {
            either[p]++;
            either[t]++;
            if (p == t)
                both[p]++;
        }

        return new HardDice([.. both.Zip(either, (b, e) => e == 0 ? double.NaN : 2.0 * b / e)]);
    }
}
