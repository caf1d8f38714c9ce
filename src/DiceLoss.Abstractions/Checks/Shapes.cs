namespace DiceLoss.Checks;

/// <summary>Shapes in words, as messages and logs write them.</summary>
internal static class Shapes
{
    public static string Text(ReadOnlySpan<long> shape) => $"[{string.Join(", ", shape.ToArray())}]";

    /// <summary>The indices of a voxel, from its row-major position.</summary>
    public static long[] Coordinates(ReadOnlySpan<long> shape, long position)
    {
        long[] coordinates = new long[shape.Length];
        for (int d = shape.Length - 1; d >= 0; d--) (position, coordinates[d]) = Math.DivRem(position, shape[d]);
        return coordinates;
    }
}
