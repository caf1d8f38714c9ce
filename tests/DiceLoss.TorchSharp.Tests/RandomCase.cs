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

    /// <summary>One number from 0 to 1 for each logit.</summary>
    public static Tensor SoftTargets(long[] logitsShape, ScalarType type, int seed)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator((ulong)seed + 2);
        return rand(logitsShape, dtype: ScalarType.Float64, generator: generator).to(type).MoveToOuterDisposeScope();
    }

    /// <summary>Masks that overlap, 0 or 1 for each logit, and the ignored label in about one place of eight.</summary>
    public static Tensor Masks(long[] logitsShape, ScalarType type, int seed, long? ignoreLabel = null)
    {
        using var scope = NewDisposeScope();
        Tensor draw = SoftTargets(logitsShape, ScalarType.Float64, seed), masks = (draw < 0.5).to(ScalarType.Int64);
        if (ignoreLabel is { } ignored) masks = where(draw < 0.125, full_like(masks, ignored), masks);
        return masks.to(type).MoveToOuterDisposeScope();
    }

    /// <summary>A weight from 0 to 2 for each voxel, 0 for about one in eight.</summary>
    public static Tensor VoxelWeights(long[] logitsShape, ScalarType type, int seed)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator((ulong)seed + 3);
        Tensor draw = 2 * rand([logitsShape[0], .. logitsShape[2..]], dtype: ScalarType.Float64, generator: generator);
        return where(draw < 0.25, zeros_like(draw), draw).to(type).MoveToOuterDisposeScope();
    }
}
