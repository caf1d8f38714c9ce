namespace DiceLoss.Conformance;

/// <summary>From the target and the mask of a case to what the library is given.</summary>
internal static class TargetReader
{
    /// <summary>Reads target and mask.</summary>
    /// <param name="what">The case.</param>
    /// <param name="options">Its options.</param>
    /// <returns>Labels where the case has labels, otherwise maps.</returns>
    /// <exception cref="UnsupportedException">The target or the mask is nothing that the loss of the case is defined for.</exception>
    public static Targets Read(Case what, DiceOptions options)
    {
        long[] shape = what.Logits[0].Shape;
        Tensor? weights = what.Mask is null ? null : Weights(what.Mask, shape, what.Preset);
        bool isMaps = what.Target.Encoding != "labels" && (shape[1] == 1 || what.Target.Values.Shape.Length == shape.Length);
        if (!isMaps)
        {
            double[] labels = Labels(what.Target, shape);
            return new Targets(TargetKind.Labels, labels, AreSoft: false, weights, BackgroundBesides(what, options, weights));
        }

        double[] maps = Maps(what.Target, shape);
        if (shape[1] > 1 && !PresetTable.IgnoresInMaps(what.Preset) && Ignores(what)) throw new UnsupportedException("an ignored value within maps");
        return new Targets(TargetKind.Maps, maps, what.Target.Encoding == "soft" || !maps.All(double.IsInteger), weights, BackgroundBesides: null);
    }

    /// <summary>The case with a mask of its own where the last channel of its target says what does not count, as nnU-Net has it.</summary>
    /// <param name="what">The case.</param>
    /// <returns>The same, or one with a mask and one channel less.</returns>
    public static Case WithMaskApart(Case what)
    {
        long[] logits = what.Logits[0].Shape, shape = what.Target.Values.Shape;
        bool isMarked = what.Parameters.TryGetValue("use_ignore_label", out System.Text.Json.JsonElement value)
            && value.ValueKind == System.Text.Json.JsonValueKind.True;
        if (!isMarked || what.Mask is not null || shape.Length != logits.Length || shape[1] != logits[1] + 1) return what;
        long voxels = Voxels(shape);
        var parts = what.Target.Values.Data.Chunk((int)voxels).Select((data, i) => (Data: data, IsMark: i % shape[1] == logits[1])).ToArray();
        return what with
        {
            Target = what.Target with
            {
                Values = what.Target.Values with { Shape = logits, Data = [.. parts.Where(part => !part.IsMark).SelectMany(part => part.Data)] },
            },
            Mask = new Tensor(
                [shape[0], 1, .. shape[2..]], ElementType.Float64, [.. parts.Where(part => part.IsMark).SelectMany(part => part.Data).Select(mark => 1 - mark)]),
        };
    }

    private static double[] Labels(Target target, long[] shape)
    {
        CheckVoxelShape(target.Values.Shape, shape, "the target");
        if (target.Encoding == "soft") throw new UnsupportedException($"soft targets of shape {Text(target.Values.Shape)} for {shape[1]} channels");
        return target.Values.Data.All(double.IsInteger) ? target.Values.Data : throw new UnsupportedException("labels that are not whole");
    }

    private static double[] Maps(Target target, long[] shape)
    {
        if (shape[1] == 1) CheckVoxelShape(target.Values.Shape, shape, "the target");
        else if (!target.Values.Shape.AsSpan().SequenceEqual(shape)) throw new UnsupportedException($"a target of shape {Text(target.Values.Shape)} for logits {Text(shape)}");
        return target.Values.Data;
    }

    private static Tensor Weights(Tensor mask, long[] shape, string preset)
    {
        if (!PresetTable.TakesMask(preset)) throw new UnsupportedException($"a mask for {preset}");
        bool forAll = mask.Shape.Length > 0 && mask.Shape[0] == 1;
        CheckVoxelShape(mask.Shape, forAll ? [1, .. shape[1..]] : shape, "the mask");
        if (mask.Data.Any(value => value is not (0 or 1))) throw new UnsupportedException("masks beside 0 and 1");
        return mask with { Shape = [mask.Shape[0], .. shape[2..]] };
    }

    // MONAI masks labels before they become one-hot: what is masked is background.
    private static double[]? BackgroundBesides(Case what, DiceOptions options, Tensor? weights)
    {
        if (what.Preset != "Monai.MaskedDice" || weights is null || what.Logits[0].Shape[1] == 1 || options.IgnoreChannel == 0) return null;
        double[][] perSample = [.. weights.Data.Chunk((int)Voxels(what.Logits[0].Shape))];
        return [.. Enumerable.Range(0, (int)what.Logits[0].Shape[0]).Select(n => perSample[n % perSample.Length].Sum(weight => 1 - weight))];
    }

    private static bool Ignores(Case what) =>
        what.Parameters.Any(parameter => parameter.Key is "ignore_index" or "ignore_label" && parameter.Value.ValueKind == System.Text.Json.JsonValueKind.Number);

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
