namespace DiceLoss.Cuda.Compilation;

/// <summary>A kernel that can be loaded.</summary>
/// <param name="Specialisation">What it knows; at most what was asked for.</param>
/// <param name="Bytes">PTX or a binary.</param>
internal readonly record struct KernelImage(KernelSpecialisation Specialisation, byte[] Bytes);
