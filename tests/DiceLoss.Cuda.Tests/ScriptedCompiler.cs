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

    public bool IsAvailable([NotNullWhen(false)] out string? reason)
    {
        reason = IsMissing ? "There is none." : null;
        return !IsMissing;
    }

    public int ArchitectureFor(int capability) => capability;

    public byte[] Compile(KernelSource source, int architecture)
    {
        if (Failure is { } failure) throw failure;
        Compiled.Enqueue(source);
        return Encoding.UTF8.GetBytes($"{source.FileName} {architecture} {string.Join(' ', source.Macros)}");
    }
}
