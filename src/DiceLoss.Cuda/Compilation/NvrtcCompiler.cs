using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using DiceLoss.Cuda.Native;

namespace DiceLoss.Cuda;

/// <summary>
/// NVIDIA's compiler as a library, which needs no toolkit and no device: <c>libnvrtc.so.13</c>, <c>.12</c> or <c>.11.2</c>
/// (<c>nvrtc64_*.dll</c>) of the system, otherwise of the application, of libtorch or of a toolkit; or the library that the environment variable
/// <c>DICELOSS_NVRTC</c> names. Loaded at the first call.
/// </summary>
public sealed unsafe class NvrtcCompiler : IKernelCompiler
{
    private static readonly Lazy<int[]> s_architectures = new(ReadArchitectures, LazyThreadSafetyMode.PublicationOnly);

    private NvrtcCompiler()
    {
    }

    /// <summary>The compiler.</summary>
    public static NvrtcCompiler Instance { get; } = new();

    /// <inheritdoc/>
    public string Version
    {
        get
        {
            EnsureLoaded();
            Check(NvrtcApi.nvrtcVersion(out int major, out int minor));
            return string.Create(CultureInfo.InvariantCulture, $"NVRTC {major}.{minor}");
        }
    }

    /// <summary>Every architecture that it compiles for, oldest first, as 70 for 7.0.</summary>
    internal static IReadOnlyList<int> Architectures => s_architectures.Value;

    /// <inheritdoc/>
    public bool IsAvailable([NotNullWhen(false)] out string? reason)
    {
        reason = Load()?.Message;
        return reason is null;
    }

    /// <inheritdoc/>
    public int ArchitectureFor(int capability) => Largest(Architectures, capability, Version);

    /// <inheritdoc/>
    public byte[] Compile(KernelSource source, int architecture, bool isBinary = false)
    {
        ArgumentNullException.ThrowIfNull(source);
        EnsureLoaded();
        using var headerTexts = new Utf8Strings([.. source.Headers.Select(header => header.Text)]);
        using var headerNames = new Utf8Strings([.. source.Headers.Select(header => header.Name)]);
        using var options = new Utf8Strings(Options(source, architecture, isBinary));
        nint program;
        fixed (nint* texts = headerTexts.Addresses, names = headerNames.Addresses)
        {
            Check(NvrtcApi.nvrtcCreateProgram(out program, source.Text, source.FileName, source.Headers.Length, texts, names));
        }

        try
        {
            int result;
            fixed (nint* addresses = options.Addresses) result = NvrtcApi.nvrtcCompileProgram(program, options.Addresses.Length, addresses);
            if (result != 0) throw Failure(nameof(NvrtcApi.nvrtcCompileProgram), result, Describe(source, architecture, isBinary) + Log(program));
            return isBinary ? Binary(program) : Ptx(program);
        }
        finally
        {
            _ = NvrtcApi.nvrtcDestroyProgram(ref program);
        }
    }

    /// <summary>The largest architecture that is not newer than a device.</summary>
    internal static int Largest(IEnumerable<int> architectures, int capability, string version)
    {
        int best = 0, oldest = int.MaxValue;
        foreach (int architecture in architectures)
        {
            oldest = Math.Min(oldest, architecture);
            if (architecture <= capability) best = Math.Max(best, architecture);
        }

        return best > 0 ? best : throw new CudaException(
            nameof(NvrtcApi.nvrtcGetSupportedArchs),
            CudaException.LibraryMissing,
            string.Create(CultureInfo.InvariantCulture, $"{version} compiles for compute capability {oldest / 10.0:0.0} and newer, the device has {capability / 10.0:0.0}"),
            "Install an older NVRTC (DICELOSS_NVRTC names its library).");
    }

    /// <summary>What kernels are compiled with.</summary>
    internal static string[] Options(KernelSource source, int architecture, bool isBinary) =>
    [
        "--gpu-architecture=" + Target(architecture, isBinary), "-std=c++17", .. source.Macros.Select(macro => "-D" + macro),
    ];

    /// <summary>What stands above a log.</summary>
    internal static string Describe(KernelSource source, int architecture, bool isBinary) =>
        $"{source.FileName} for {Target(architecture, isBinary)} with {string.Join(' ', source.Macros)}\n";

    private static string Target(int architecture, bool isBinary) => string.Create(CultureInfo.InvariantCulture, $"{(isBinary ? "sm" : "compute")}_{architecture}");

    private static int[] ReadArchitectures()
    {
        EnsureLoaded();
        Check(NvrtcApi.nvrtcGetNumSupportedArchs(out int count));
        int[] architectures = new int[count];
        fixed (int* first = architectures) Check(NvrtcApi.nvrtcGetSupportedArchs(first));
        Array.Sort(architectures);
        return architectures;
    }

    private static byte[] Ptx(nint program)
    {
        Check(NvrtcApi.nvrtcGetPTXSize(program, out nuint bytes));
        byte[] image = new byte[bytes];
        fixed (byte* first = image) Check(NvrtcApi.nvrtcGetPTX(program, first));
        return image;
    }

    private static byte[] Binary(nint program)
    {
        Check(NvrtcApi.nvrtcGetCUBINSize(program, out nuint bytes));
        byte[] image = new byte[bytes];
        fixed (byte* first = image) Check(NvrtcApi.nvrtcGetCUBIN(program, first));
        return image;
    }

    private static string Log(nint program)
    {
        if (NvrtcApi.nvrtcGetProgramLogSize(program, out nuint bytes) != 0 || bytes == 0) return "";
        byte[] log = new byte[bytes];
        fixed (byte* first = log) _ = NvrtcApi.nvrtcGetProgramLog(program, first);
        return Encoding.UTF8.GetString(log).TrimEnd('\0', '\n');
    }

    /// <summary>Throws unless its library is there.</summary>
    internal static void EnsureLoaded()
    {
        if (Load() is { } failure) throw failure;
    }

    /// <summary>Loads its library.</summary>
    /// <returns>Why it cannot be used; <see langword="null"/> if it can.</returns>
    internal static CudaException? Load()
    {
        const string newest = nameof(NvrtcApi.nvrtcGetSupportedArchs); // of the calls: what has it has all of them
        if (!NativeLibraries.TryLoad(NativeLibraries.Nvrtc, out nint library, out string? tried)) return Missing($"the system does not find {tried}");
        return NativeLibrary.TryGetExport(library, newest, out _) ? null : Missing($"the library that was found is too old, it has no {newest}");
    }

    internal static CudaException Missing(string what) => new(
        "Loading NVRTC",
        CudaException.LibraryMissing,
        what,
        "Install NVRTC 11.2 or newer (cuda-nvrtc of the CUDA toolkit, or libnvrtc of the Linux distribution): it is found where the system's loader looks, in the "
        + "folders of the application, beside a libtorch that is loaded, and in CUDA_PATH, CUDA_HOME and /usr/local/cuda. Or name its library in the environment variable "
        + "DICELOSS_NVRTC, as that of Python's nvidia-cuda-nvrtc.");

    private static void Check(int result, [CallerArgumentExpression(nameof(result))] string expression = "")
    {
        if (result != 0) throw Failure(CallName.Of(expression), result);
    }

    /// <summary>What a failed call becomes, under the name that NVRTC has for its code.</summary>
    internal static CudaException Failure(string call, int code, string? log = null, Exception? cause = null) =>
        new(call, code, Marshal.PtrToStringUTF8(NvrtcApi.nvrtcGetErrorString(code)) ?? "an unknown error", null, log, cause);
}
