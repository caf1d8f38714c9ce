namespace BrainSegmentation.Volumes;

/// <summary>Half the resolution: each voxel of the result stands for 2 x 2 x 2 of the source. An odd last layer is dropped.</summary>
internal static class Halving
{
    /// <summary>Each voxel is the average of its eight.</summary>
    public static Volume<float> Average(Volume<float> source) => Halve<float>(source, static eight =>
    {
        double sum = 0;
        foreach (float value in eight)
            sum += value;
        return (float)(sum / eight.Length);
    });

    /// <summary>Each voxel has the label that most of its eight have; of equally frequent labels, the smallest.</summary>
    public static Volume<short> MajorityVote(Volume<short> source) => Halve<short>(source, static eight =>
    {
        eight.Sort();
        short winner = eight[0];
        int most = 0;
        for (int start = 0, end; start < eight.Length; start = end)
        {
            end = start + 1;
            while (end < eight.Length && eight[end] == eight[start])
                end++;
            if (end - start > most)
                (winner, most) = (eight[start], end - start);
        }

        return winner;
    });

    private delegate T Merge<T>(Span<T> eight);

    private static Volume<T> Halve<T>(Volume<T> source, Merge<T> merge)
    {
        var size = new Extent(source.Size.X / 2, source.Size.Y / 2, source.Size.Z / 2);
        var eight = new T[8];
        return Volume<T>.Fill(size, (x, y, z) =>
        {
            for (int i = 0; i < eight.Length; i++)
                eight[i] = source[2 * x + (i & 1), 2 * y + (i >> 1 & 1), 2 * z + (i >> 2)];
            return merge(eight);
        });
    }
}
