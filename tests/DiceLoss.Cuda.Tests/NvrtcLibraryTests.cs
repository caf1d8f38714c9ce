using System.Diagnostics;
using DiceLoss.Cuda.Compilation;
using DiceLoss.Cuda.Native;
using DiceLoss.Testing;

namespace DiceLoss.Cuda.Tests;

/// <summary>Where NVRTC is found.</summary>
public sealed class NvrtcLibraryTests
{
    [Fact]
    public void Files_ManyNames_AreThoseOfNvrtcNewestFirst()
    {
        using TemporaryFolder first = new(), second = new();
        string[] wanted = [In(second, "libnvrtc.so.13"), In(first, "libnvrtc-2bb82d1a.so.12"), In(second, "nvrtc64_120_0.dll"), In(first, "libnvrtc.so.11.2")];
        string[] others =
        [
            In(first, "libnvrtc-builtins.so"), In(first, "libnvrtc-builtins-2dc4bf68.so.11.8"), In(first, "libnvrtc.alt.so.13"), In(second, "nvrtc64_130_0.alt.dll"),
            In(second, "nvrtc-builtins64_128.dll"), In(second, "libnvrtc.so"), In(second, "libcaffe2_nvrtc.so"), In(second, "libnvrtc_static.a"),
        ];
        foreach (string file in wanted.Concat(others)) File.WriteAllText(file, "");
        Assert.Equal(wanted, NvrtcLibrary.Files([first.Path, second.Path, first.Path]));
    }

    [Fact]
    public void Files_FoldersThatCannotBeRead_AreNone()
    {
        using var folder = new TemporaryFolder();
        string file = In(folder, "libnvrtc.so.12");
        File.WriteAllText(file, "");
        Assert.Equal([file], NvrtcLibrary.Files([In(folder, "nowhere"), file, folder.Path]));
    }

    // As TorchSharp's packages have it: in a folder where no loader looks, under names that no loader is asked for. Or found by its name, in a folder that is known.
    [Theory]
    [InlineData("libnvrtc-2bb82d1a.so.12", "CUDA_HOME", "")]
    [InlineData("libnvrtc-2bb82d1a.so.12", "DICELOSS_NVRTC", "lib64/libnvrtc-2bb82d1a.so.12")]
    [InlineData(null, "CUDA_HOME", "")]
    public async Task Load_FileWithBuiltinsBesideIt_Compiles(string? name, string variable, string value)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The names are those of Linux.");
        if (!NvrtcCompiler.Instance.IsAvailable(out string? reason)) Assert.Skip(reason);
        using var process = Process.GetCurrentProcess();
        IEnumerable<string> loaded = process.Modules.Cast<ProcessModule>().Select(module => module.FileName); // and its builtins, once something was compiled
        string nvrtc = Path.GetDirectoryName(loaded.First(file => Path.GetFileName(file).StartsWith("libnvrtc", StringComparison.Ordinal)))!;
        string library = NvrtcLibrary.Files([nvrtc]).First(), builtins = Directory.GetFiles(nvrtc, "libnvrtc-builtins.so.*").First();
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(In(folder, "lib64"));
        File.CreateSymbolicLink(In(folder, "lib64/" + (name ?? Path.GetFileName(library))), library);
        File.CreateSymbolicLink(In(folder, "lib64/libnvrtc-builtins.so"), builtins);

        var environment = new Dictionary<string, string> { ["LD_LIBRARY_PATH"] = name is null ? In(folder, "lib64") : "", ["DICELOSS_NVRTC"] = "", [variable] = In(folder, value) };
        ChildOutcome outcome = await ChildProcess.OutcomeAsync(typeof(NvrtcLibraryTests), nameof(Compiles), [NvrtcCompiler.Instance.Version], environment);
        Assert.True(outcome.HasPassed, outcome.Errors);
    }

    internal void Compiles(string version)
    {
        Assert.Equal(version, NvrtcCompiler.Instance.Version);
        Assert.NotEmpty(NvrtcCompiler.Instance.Compile(KernelSources.Of(KernelName.Store, default), NvrtcCompiler.Architectures[^1]));
    }

    private static string In(TemporaryFolder folder, string name) => Path.Combine(folder.Path, name);
}
