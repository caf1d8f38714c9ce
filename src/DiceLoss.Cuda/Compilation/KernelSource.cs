using System.Collections.Immutable;

namespace DiceLoss.Cuda;

/// <summary>A kernel to be compiled.</summary>
/// <param name="FileName">The name of the source, such as <c>sums.cu</c>.</param>
/// <param name="Text">The source, CUDA C.</param>
/// <param name="Headers">All headers that the source includes, directly or indirectly.</param>
/// <param name="Macros">The macros that are defined, each as <c>NAME=VALUE</c>.</param>
public sealed record KernelSource(string FileName, string Text, ImmutableArray<KernelHeader> Headers, ImmutableArray<string> Macros);
