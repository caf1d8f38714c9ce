using DiceLoss.Cuda.Compilation;

namespace DiceLoss.Cuda.Runtime;

/// <summary>A kernel that a device can run.</summary>
/// <param name="Module">The module it was loaded with.</param>
/// <param name="Function">What is launched.</param>
/// <param name="Specialisation">What it knows; less than was asked for if only a general one was there.</param>
internal readonly record struct LoadedKernel(nint Module, nint Function, KernelSpecialisation Specialisation);
