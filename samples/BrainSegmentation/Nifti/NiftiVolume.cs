namespace BrainSegmentation.Nifti;

/// <summary>A NIfTI-1 image of three dimensions: its voxels, x fastest, scaled as the header says, and the text of its extension.</summary>
/// <param name="Width">Voxels along x.</param>
/// <param name="Height">Voxels along y.</param>
/// <param name="Depth">Voxels along z.</param>
/// <param name="Voxels">Width * Height * Depth values; voxel (x, y, z) at (z * Height + y) * Width + x.</param>
/// <param name="Extension">What lies between the header and the voxels; empty when nothing does.</param>
internal sealed record NiftiVolume(int Width, int Height, int Depth, double[] Voxels, byte[] Extension);
