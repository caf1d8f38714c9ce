namespace DiceLoss.TorchSharp.Tests;

/// <summary>Random logits and labels for given options, made from a seed.</summary>
internal static class RandomCase
{
    /// <summary>Normal logits with a standard deviation of 3, in the type asked for.</summary>
    public static Tensor Logits(long[] shape, ScalarType type, int seed)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator((ulong)seed);
        return (3 * randn(shape, dtype: ScalarType.Float64, generator: generator)).to(type).MoveToOuterDisposeScope();
    }

    /// <summary>Every class, and the ignored label in about one voxel of eight.</summary>
    public static Tensor Labels(long[] logitsShape, ScalarType type, int seed, long? ignoreLabel = null)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator((ulong)seed + 1);
        long[] shape = [logitsShape[0], .. logitsShape[2..]];
        long classes = Math.Max(2, logitsShape[1]);
        Tensor labels = randint(0, classes, shape, dtype: ScalarType.Int64, generator: generator);
        if (ignoreLabel is { } ignored)
        {
            Tensor chosen = rand(shape, generator: generator) < 0.125;
            labels = where(chosen, full_like(labels, ignored), labels);
        }

        return labels.to(type).MoveToOuterDisposeScope();
    }
}
