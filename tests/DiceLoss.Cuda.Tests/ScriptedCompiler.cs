using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace DiceLoss.Cuda.Tests;

/// <summary>A compiler whose images are the names of what was compiled.</summary>
internal sealed class ScriptedCompiler : IKernelCompiler
{
    public ConcurrentQueue<KernelSource> Compiled { get; } = [];

    public string Version { get; set; } = "scripted 1.0";

    public bool IsMissing { get; set; }

    public Exception? Failure { get; set; }

    /// <summary>What it compiles for; <see langword="null"/> for every device.</summary>
    public int[]? Architectures { get; set; }

    public bool IsAvailable([NotNullWhen(false)] out string? reason)
    {
        reason = IsMissing ? "There is none." : null;
        return !IsMissing;
    }

    public int ArchitectureFor(int capability) => NvrtcCompiler.Largest(Architectures ?? [capability], capability, Version);

    public byte[] Compile(KernelSource source, int architecture, bool isBinary = false)
    {
        if (Failure is { } failure) throw failure;
        Compiled.Enqueue(source);
        return Encoding.UTF8.GetBytes($"{source.FileName} {(isBinary ? "sm" : "compute")}_{architecture} {string.Join(' ', source.Macros)}");
    }
}
