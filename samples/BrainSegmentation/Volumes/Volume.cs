namespace BrainSegmentation.Volumes;

/// <summary>Voxels on a grid, x fastest.</summary>
internal sealed class Volume<T>
{
    public Volume(Extent size, T[] voxels)
    {
        if (voxels.Length != size.Count)
            throw new ArgumentException($"A volume of {size} has {size.Count} voxels, not {voxels.Length}.", nameof(voxels));
        (Size, Voxels) = (size, voxels);
    }

    public Extent Size { get; }

    public T[] Voxels { get; }

    public T this[int x, int y, int z] => Voxels[(z * Size.Y + y) * Size.X + x];

    /// <summary>The volume with each value replaced.</summary>
    public Volume<TResult> Select<TResult>(Func<T, TResult> change) => new(Size, Array.ConvertAll(Voxels, v => change(v)));

    /// <summary>The mirror image: left and right change places.</summary>
    public Volume<T> MirrorX() => Fill(Size, (x, y, z) => this[Size.X - 1 - x, y, z]);

    /// <summary>A box out of the volume; where it reaches over the edge it holds <paramref name="outside"/>.</summary>
    public Volume<T> Window(Extent origin, Extent size, T outside) => Fill(size, (x, y, z) =>
    {
        (x, y, z) = (x + origin.X, y + origin.Y, z + origin.Z);
        bool inside = (uint)x < (uint)Size.X && (uint)y < (uint)Size.Y && (uint)z < (uint)Size.Z;
        return inside ? this[x, y, z] : outside;
    });

    /// <summary>A volume of the given size whose voxels are what the function says for x, y, z.</summary>
    public static Volume<T> Fill(Extent size, Func<int, int, int, T> voxel)
    {
        var voxels = new T[size.Count];
        int at = 0;
        for (int z = 0; z < size.Z; z++)
            for (int y = 0; y < size.Y; y++)
                for (int x = 0; x < size.X; x++)
                    voxels[at++] = voxel(x, y, z);
        return new Volume<T>(size, voxels);
    }
}
