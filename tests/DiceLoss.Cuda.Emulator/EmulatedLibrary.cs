namespace DiceLoss.Cuda.Emulator;

/// <summary>A library that stands in for one of NVIDIA's, made by g++ when it is first asked for.</summary>
public sealed class EmulatedLibrary
{
    private readonly Lazy<string> _path;

    private EmulatedLibrary(string name, string[] sources, params string[] options) => _path = new(() =>
    {
        (string, string)[] files = [.. sources.Select(source => (source, ReadSource(source)))];
        string[] units = [.. sources.Where(source => source.EndsWith(".cpp", StringComparison.Ordinal))];
        return HostCompiler.TryMake(name, files, ["-std=c++20", "-O2", "-shared", "-fPIC", "-U_FORTIFY_SOURCE", "-Wl,-soname," + name, .. options, .. units, "-ldl"], out string path, out string? log)
            ? path
            : throw new InvalidOperationException($"The emulated {name} does not compile. {log}");
    });

    /// <summary>Why there are none here; <see langword="null"/> if there are.</summary>
    public static string? Missing { get; } = !OperatingSystem.IsLinux() ? "The emulated driver is written for Linux."
        : HostCompiler.Version is null ? "The emulated driver is compiled by g++, which is not there."
        : null;

    /// <summary>A driver with two devices.</summary>
    public static EmulatedLibrary Driver { get; } = new("libcuda.so.1", ["simt.hpp", "engine.hpp", "simt.cpp", "driver.cpp"]);

    /// <summary>A compiler for these devices, for programs that find it by themselves.</summary>
    public static EmulatedLibrary Nvrtc { get; } = new("libnvrtc.so.12", ["nvrtc.cpp"], $"-DEMULATOR=\"{Folder}\"");

    /// <summary>Where it is.</summary>
    public string Path => _path.Value;

    private static string Folder => System.IO.Path.Combine(AppContext.BaseDirectory, "Emulator");

    /// <summary>A source of the emulator.</summary>
    public static string ReadSource(string name) => File.ReadAllText(System.IO.Path.Combine(Folder, name));
}
