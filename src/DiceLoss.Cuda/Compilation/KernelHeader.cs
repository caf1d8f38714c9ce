namespace DiceLoss.Cuda;

/// <summary>A header of kernels, in memory.</summary>
/// <param name="Name">The name by which it is included.</param>
/// <param name="Text">The header, CUDA C.</param>
public sealed record KernelHeader(string Name, string Text);
