using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;

namespace DiceLoss.Cuda.Native;

/// <summary>
/// Finds NVRTC: by the names that it has on each system, and then where loaders do not look and people have it: with the application, beside
/// libtorch, among Python's packages, and in toolkits.
/// </summary>
internal static partial class NvrtcLibrary
{
    // Newest first. No other names exist: the version is part of them.
    private static readonly string[] s_names = OperatingSystem.IsWindows()
        ? ["nvrtc64_130_0.dll", "nvrtc64_120_0.dll", "nvrtc64_112_0.dll"]
        : ["libnvrtc.so.13", "libnvrtc.so.12", "libnvrtc.so.11.2"];

    /// <summary>Loads it.</summary>
    /// <param name="tried">What was tried in vain; <see langword="null"/> if it was found.</param>
    /// <returns>Its handle; 0 if there is none.</returns>
    public static nint Load(out string? tried)
    {
        nint library = NativeLibraries.Load("DICELOSS_NVRTC", s_names.Concat(Files(Folders())), out string? found, out tried);
        if (found is not null) LoadBuiltins(found);
        return library;
    }

    /// <summary>The files in some folders that are NVRTC by their names, the newest major version first.</summary>
    /// <param name="folders">The folders, in the order in which files of one version come; what cannot be read has none.</param>
    internal static IEnumerable<string> Files(IEnumerable<string> folders) =>
        from folder in folders.Distinct()
        from file in FilesOf(folder, "*nvrtc*")
        let name = Name().Match(Path.GetFileName(file))
        where name.Success
        orderby int.Parse(name.Groups["major"].ValueSpan, CultureInfo.InvariantCulture) descending
        select file;

    private static IEnumerable<string> Folders() =>
    [
        .. (AppContext.GetData("NATIVE_DLL_SEARCH_DIRECTORIES") as string ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries),
        AppContext.BaseDirectory,
        .. from torch in FoldersOfTorch()
           from folder in (string[])[".", "../../nvidia/cu13/lib", "../../nvidia/cuda_nvrtc/lib"] // of Python's torch
           select Path.GetFullPath(Path.Combine(torch, folder)),
        .. from toolkit in (string?[])[Environment.GetEnvironmentVariable("CUDA_PATH"), Environment.GetEnvironmentVariable("CUDA_HOME"), "/usr/local/cuda"]
           where !string.IsNullOrEmpty(toolkit)
           from folder in (string[])["lib64", "bin", "bin/x64"] // of Linux; of Windows; of Windows since CUDA 13
           select Path.Combine(toolkit, folder),
    ];

    // Where a libtorch for CUDA is that this process works with.
    private static string[] FoldersOfTorch()
    {
        try
        {
            using var process = Process.GetCurrentProcess();
            return [.. process.Modules.Cast<ProcessModule>().Where(module => module.ModuleName.Contains("torch_cuda")).Select(module => Path.GetDirectoryName(module.FileName)!)];
        }
        catch (Exception failure) when (failure is Win32Exception or InvalidOperationException or NotSupportedException or IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private static string[] FilesOf(string folder, string pattern)
    {
        try
        {
            return Directory.GetFiles(folder, pattern);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    // NVRTC asks the loader for its second library when it compiles, by a name that the file beside it need not have (libtorch's has no version), and
    // its own folder is none of those where the loader looks. What is loaded already is found by the name within.
    private static void LoadBuiltins(string library)
    {
        string? folder = Path.GetDirectoryName(library) is { Length: > 0 } own ? own : Folders().FirstOrDefault(folder => File.Exists(Path.Combine(folder, library)));
        if (folder is null) return; // the loader has found it, and finds the other
        foreach (string file in FilesOf(folder, "*nvrtc-builtins*")) NativeLibrary.TryLoad(file, Assembly.GetExecutingAssembly(), searchPath: null, out _);
    }

    // libtorch has a hash in the name; builtins and the alternative NVRTC of CUDA 12 and newer are others.
    [GeneratedRegex(@"^(libnvrtc(-[0-9a-f]+)?\.so\.(?<major>\d\d)(\.\d+)*|nvrtc64_(?<major>\d\d)\d_0\.dll)$", RegexOptions.ExplicitCapture)]
    private static partial Regex Name();
}
