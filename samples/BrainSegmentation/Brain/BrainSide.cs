using BrainSegmentation.Volumes;

namespace BrainSegmentation.Brain;

/// <summary>An image and the class of each of its voxels.</summary>
/// <param name="Intensity">T1 intensities with mean 0 and standard deviation 1 over the brain.</param>
/// <param name="Classes">Classes; 0 is the background.</param>
internal sealed record BrainSide(Volume<float> Intensity, Volume<short> Classes);
