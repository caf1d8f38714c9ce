using System.Collections.Immutable;

namespace DiceLoss.Cuda;

/// <summary>A kernel to be compiled.</summary>
/// <param name="FileName">The name of the source, such as <c>sums.cu</c>.</param>
/// <param name="Text">The source, CUDA C.</param>
/// <param name="HeaderName">The name by which the source includes its one header.</param>
/// <param name="HeaderText">That header, in memory.</param>
/// <param name="Macros">What is defined, each <c>NAME=VALUE</c>.</param>
public sealed record KernelSource(string FileName, string Text, string HeaderName, string HeaderText, ImmutableArray<string> Macros);
