namespace DiceLoss.Conformance;

/// <summary>From targets and masks to labels.</summary>
internal static class LabelReader
{
    /// <summary>Makes labels.</summary>
    /// <param name="what">The case.</param>
    /// <param name="options">Its options.</param>
    /// <returns>(N, *spatial), row-major.</returns>
    /// <exception cref="UnsupportedException">The target or the mask cannot be put into labels.</exception>
    public static long[] Labels(Case what, DiceOptions options)
    {
        long[] shape = what.Logits[0].Shape;
        bool perChannel = shape[1] > 1
            && (what.Target.Encoding == "onehot" || (what.Target.Encoding == "binary" && what.Target.Values.Shape.AsSpan().SequenceEqual(shape)));
        long[] labels = what.Target.Encoding switch
        {
            "soft" => throw new UnsupportedException("soft targets"),
            _ when perChannel => OfOneHot(what.Target.Values, shape, what.Parameters.ContainsKey("ignore_index")),
            "labels" => OfNumbers(what.Target.Values, shape),
            _ => OfBinary(what.Target.Values, shape, options),
        };
        if (what.Mask is not null) Apply(what.Mask, labels, shape, options.IgnoreLabel);
        return labels;
    }

    private static long[] OfNumbers(Tensor target, long[] shape)
    {
        CheckVoxelShape(target.Shape, shape, "the target");
        return [.. target.Data.Select(value => double.IsInteger(value) ? (long)value : throw new UnsupportedException("labels that are not whole"))];
    }

    private static long[] OfBinary(Tensor target, long[] shape, DiceOptions options)
    {
        long[] labels = OfNumbers(target, shape);
        return labels.All(label => label is 0 or 1 || label == options.IgnoreLabel)
            ? labels
            : throw new UnsupportedException("binary targets beside 0 and 1");
    }

    private static long[] OfOneHot(Tensor target, long[] shape, bool ignoresValues)
    {
        if (!target.Shape.AsSpan().SequenceEqual(shape))
        {
            throw new UnsupportedException($"a target of shape {Text(target.Shape)} for logits {Text(shape)}");
        }

        if (ignoresValues) throw new UnsupportedException("an ignored value within one-hot targets");
        long classes = shape[1], voxels = Voxels(shape);
        long[] labels = new long[shape[0] * voxels];
        for (long i = 0; i < labels.Length; i++)
        {
            (long sample, long voxel) = (i / voxels, i % voxels);
            labels[i] = -1;
            for (long k = 0; k < classes; k++)
            {
                double value = target.Data[(((sample * classes) + k) * voxels) + voxel];
                if (value is not (0 or 1)) throw new UnsupportedException("soft targets");
                if (value == 0) continue;
                if (labels[i] >= 0) throw new UnsupportedException("multi-hot targets");
                labels[i] = k;
            }

            if (labels[i] < 0) throw new UnsupportedException("one-hot targets without a 1");
        }

        return labels;
    }

    private static void Apply(Tensor mask, long[] labels, long[] shape, long ignored)
    {
        long[] ofOne = [1, .. shape[1..]];
        bool forAll = mask.Shape.Length > 0 && mask.Shape[0] == 1;
        CheckVoxelShape(mask.Shape, forAll ? ofOne : shape, "the mask");
        if (mask.Data.Any(value => value is not (0 or 1))) throw new UnsupportedException("masks beside 0 and 1");
        for (long i = 0; i < labels.Length; i++)
        {
            if (mask.Data[i % mask.Data.Length] == 0) labels[i] = ignored;
        }
    }

    // (N, *spatial) or (N, 1, *spatial).
    private static void CheckVoxelShape(long[] found, long[] logits, string what)
    {
        ReadOnlySpan<long> without = [logits[0], .. logits[2..]], with = [logits[0], 1, .. logits[2..]];
        if (!found.AsSpan().SequenceEqual(without) && !found.AsSpan().SequenceEqual(with))
        {
            throw new UnsupportedException($"{what} has shape {Text(found)}, for logits {Text(logits)}");
        }
    }

    private static long Voxels(long[] shape) => shape[2..].Aggregate(1L, (product, length) => product * length);

    private static string Text(long[] shape) => $"[{string.Join(", ", shape)}]";
}
