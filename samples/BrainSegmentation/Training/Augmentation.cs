using BrainSegmentation.Brain;
using BrainSegmentation.Volumes;

namespace BrainSegmentation.Training;

/// <summary>Small changes that make every step a little different: a shift, and brightness and contrast.</summary>
internal sealed class Augmentation(int seed)
{
    private const int LargestShift = 2;
    private const double Jitter = 0.1;

    private readonly Random _random = new(seed);

    public BrainSide Next(BrainData data)
    {
        BrainSide moved = data.Shifted(new Extent(Shift(), Shift(), Shift()));
        float contrast = (float)(1 + Jitter * Uniform());
        float brightness = (float)(Jitter * Uniform());
        return moved with { Intensity = moved.Intensity.Select(v => contrast * v + brightness) };
    }

    private int Shift() => _random.Next(-LargestShift, LargestShift + 1);

    private double Uniform() => 2 * _random.NextDouble() - 1;
}
