namespace DiceLoss.Conformance;

/// <summary>A case of several tensors of logits as one case for each: a loss at every level of deep supervision, against the target resized to it.</summary>
internal static class Levels
{
    private const string Preset = "Monai.DeepSupervision";

    /// <summary>Takes a case apart.</summary>
    /// <param name="what">The case.</param>
    /// <returns>One case per level, finest first, and what it counts.</returns>
    /// <exception cref="UnsupportedException">Neither the loss of the levels nor their weights are known.</exception>
    public static IReadOnlyList<(Case What, double Weight)> Of(Case what)
    {
        if (what.Logits.Count == 0) throw new UnsupportedException("no logits");
        if (what.Logits.Any(tensor => tensor.Shape.Length < 2)) throw new UnsupportedException("logits without samples and channels");
        bool isWrapped = what.Preset == Preset;
        if (!isWrapped && what.Logits.Count == 1) return [(what, 1)];
        if (!what.Preset.StartsWith("Monai.", StringComparison.Ordinal)) throw new UnsupportedException($"{what.Logits.Count} tensors of logits for {what.Preset}");

        // The parameters of the wrapper and of the loss in it are in one place.
        var parameters = new CaseParameters(what.Parameters);
        string loss = isWrapped ? "Monai." + parameters.Text("loss", "Dice").Replace("Monai.", "", StringComparison.Ordinal) : what.Preset;
        double[] weights = Weights(parameters, what.Logits.Count);
        Case ofLevel = what with
        {
            Preset = loss.EndsWith("Loss", StringComparison.Ordinal) ? loss[..^"Loss".Length] : loss,
            Parameters = what.Parameters.Where(parameter => parameter.Key is not ("loss" or "weight_mode" or "weights")).ToDictionary(),
        };
        return [.. what.Logits.Select((logits, level) => (At(ofLevel, logits), weights[level]))];
    }

    // Weights that are given, if there are enough; otherwise a rule.
    private static double[] Weights(CaseParameters parameters, int levels)
    {
        LevelWeights rule = parameters.Choice(
            "weight_mode", "exp", ("exp", LevelWeights.Monai), ("same", LevelWeights.Same), ("two", LevelWeights.Two));
        ClassWeights? given = parameters.Weights("weights");
        return given?.Count >= levels ? [.. given.Take(levels)] : rule.For(levels);
    }

    private static Case At(Case what, Tensor logits)
    {
        long[] space = logits.Shape[2..];
        return what with
        {
            Logits = [logits],
            Target = what.Target with { Values = Resized(what.Target.Values, space) },
            Mask = what.Mask is null ? null : Resized(what.Mask, space),
        };
    }

    // The last dimensions are the spatial ones; each voxel is the nearest.
    private static Tensor Resized(Tensor tensor, long[] space)
    {
        int leading = tensor.Shape.Length - space.Length;
        if (leading < 0) throw new UnsupportedException($"a target of {tensor.Shape.Length} dimensions for {space.Length} of space");
        long[] original = tensor.Shape[leading..], shape = [.. tensor.Shape[..leading], .. space];
        long originalVoxels = original.Aggregate(1L, (product, length) => product * length), voxels = space.Aggregate(1L, (product, length) => product * length);
        double[] data = new double[shape.Aggregate(1L, (product, length) => product * length)];
        for (long i = 0; i < data.Length; i++)
        {
            (long outer, long rest) = Math.DivRem(i, voxels);
            long source = 0, stride = 1;
            for (int d = space.Length - 1; d >= 0; d--)
            {
                (rest, long index) = Math.DivRem(rest, space[d]);
                source += DeepSupervision.NearestIndex(index, original[d], space[d]) * stride;
                stride *= original[d];
            }

            data[i] = tensor.Data[(outer * originalVoxels) + source];
        }

        return tensor with { Shape = shape, Data = data };
    }
}
