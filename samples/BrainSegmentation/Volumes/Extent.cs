namespace BrainSegmentation.Volumes;

/// <summary>Voxels, or a position, along each axis.</summary>
internal readonly record struct Extent(int X, int Y, int Z)
{
    /// <summary>Voxels in a volume of this size.</summary>
    public int Count => X * Y * Z;

    public static Extent operator +(Extent a, Extent b) => new(a.X + b.X, a.Y + b.Y, a.Z + b.Z);

    public override string ToString() => $"{X} x {Y} x {Z}";
}
