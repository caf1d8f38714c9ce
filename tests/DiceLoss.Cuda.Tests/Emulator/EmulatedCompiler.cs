using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.RegularExpressions;
using DiceLoss.Cuda.Compilation;
using DiceLoss.Cuda.Emulator;

namespace DiceLoss.Cuda.Tests.Emulator;

/// <summary>Compiles kernels for the emulated device, with g++. An image is text that names the library.</summary>
/// <param name="edit">Changes a source before it is compiled; given its name and its text.</param>
internal sealed partial class EmulatedCompiler(Func<string, string, string>? edit = null) : IKernelCompiler
{
    // Loads and stores that are not aligned trap. Optimised little: more takes longer than it saves.
    private static readonly Lazy<string> s_options = new(() => EmulatedLibrary.ReadSource("kernels.options"));
    private static readonly Lazy<string> s_header = new(() => EmulatedLibrary.ReadSource("simt.hpp"));

    public string Version => "emulated by " + HostCompiler.Version;

    public bool IsAvailable([NotNullWhen(false)] out string? reason)
    {
        reason = HostCompiler.Version is null ? "There is no g++." : null;
        return reason is null;
    }

    public int ArchitectureFor(int capability) => capability;

    public byte[] Compile(KernelSource source, int architecture, bool isBinary = false)
    {
        if (edit is null && source.FileName == "sums.cu") _ = Task.Run(() => Make(GradientOf(source)));
        return Encoding.UTF8.GetBytes($"//emulated {Make(source)}\n\0");
    }

    // The kernel that will be asked for next.
    private static KernelSource GradientOf(KernelSource sums) => KernelSources.Of(KernelName.Gradient, default) with
    {
        Macros = [.. sums.Macros.Select(macro => macro.StartsWith("HARD=", StringComparison.Ordinal) ? "HARD=0" : macro)],
    };

    private string Make(KernelSource source)
    {
        string text = Edited(source.FileName, source.Text);
        string exports = string.Concat(KernelNames().Matches(text).Select(kernel => $"SIMT_EXPORT({kernel.Groups[1].Value})\n"));
        string[] options = ["@kernels.options", .. source.Macros.Select(macro => "-D" + macro), "kernels.cpp", "-lm", "-lc", "-lgcc"];
        (string, string)[] files =
        [
            ("kernels.options", s_options.Value),
            ("simt.hpp", s_header.Value),
            .. source.Headers.Select(header => (header.Name, Edited(header.Name, header.Text))),
            (source.FileName, text),
            ("kernels.cpp", $"#include \"{source.FileName}\"\n{exports}"),
        ];
        return HostCompiler.TryMake("kernels.so", files, options, out string library, out string? log)
            ? library
            : throw new CudaException("nvrtcCompileProgram", 6, "NVRTC_ERROR_COMPILATION", null, log);
    }

    private string Edited(string name, string text) => edit is null ? text : edit(name, text);

    [GeneratedRegex(@"__global__ void (?:BOUNDS|__launch_bounds__\([^)]*\))\s+(\w+)\(")]
    private static partial Regex KernelNames();
}
