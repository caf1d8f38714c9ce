using System.Diagnostics.CodeAnalysis;
using ManagedCuda.NVRTC;

namespace DiceLoss.Cuda;

/// <summary>NVRTC through ManagedCuda. Nothing is loaded before the first call.</summary>
public sealed class ManagedCudaCompiler : IKernelCompiler
{
    /// <inheritdoc/>
    public string Version => Called("nvrtcVersion", () => $"NVRTC {CudaRuntimeCompiler.GetVersion().ToString(2)}");

    /// <inheritdoc/>
    public bool IsAvailable([NotNullWhen(false)] out string? reason)
    {
        reason = NvrtcCompiler.Load()?.Message;
        return reason is null;
    }

    /// <inheritdoc/>
    public int ArchitectureFor(int capability) =>
        NvrtcCompiler.Largest(Called("nvrtcGetSupportedArchs", CudaRuntimeCompiler.GetSupportedArchs), capability, Version);

    /// <inheritdoc/>
    public byte[] Compile(KernelSource source, int architecture, bool isBinary = false)
    {
        ArgumentNullException.ThrowIfNull(source);
        string[] texts = [.. source.Headers.Select(header => header.Text)], names = [.. source.Headers.Select(header => header.Name)];
        using CudaRuntimeCompiler program = Called("nvrtcCreateProgram", () => new CudaRuntimeCompiler(source.Text, source.FileName, texts, names));
        return Called(
            "nvrtcCompileProgram",
            () =>
            {
                program.Compile(NvrtcCompiler.Options(source, architecture, isBinary));
                return isBinary ? program.GetCubin() : program.GetPTX();
            },
            () => NvrtcCompiler.Describe(source, architecture, isBinary) + program.GetLogAsString());
    }

    // What ManagedCuda throws, as what DiceLoss throws.
    private static T Called<T>(string call, Func<T> function, Func<string>? log = null)
    {
        ManagedCudaLibraries.Prepare();
        NvrtcCompiler.EnsureLoaded();
        try
        {
            return function();
        }
        catch (NVRTCException failure)
        {
            throw NvrtcCompiler.Failure(call, (int)failure.NVRTCError, log?.Invoke().TrimEnd('\n'), failure);
        }
    }
}
