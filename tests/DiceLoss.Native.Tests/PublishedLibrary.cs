using System.Reflection;
using System.Runtime.InteropServices;

namespace DiceLoss.Native.Tests;

/// <summary>The C library, published once for all tests that need it; when nothing has changed, that takes a few seconds.</summary>
internal static class PublishedLibrary
{
    private static readonly Lazy<string> s_folder = new(Publish);

    /// <summary>Why it cannot be made here; <see langword="null"/> where it can.</summary>
    public static string? Missing { get; } =
        !OperatingSystem.IsLinux() || RuntimeInformation.ProcessArchitecture != Architecture.X64 ? "The C library is published for Linux on x86-64."
        : !CommandTool.Has("gcc") ? "There is no gcc, which compiles the C program."
        : null;

    /// <summary>Where the library and its header are.</summary>
    public static string Folder => s_folder.Value;

    /// <summary>The library.</summary>
    public static string Path => System.IO.Path.Combine(Folder, "libdiceloss.so");

    private static string Publish()
    {
        // No process may stay behind: one would keep the output open, and this waiting for its end.
        (int exit, string output) = CommandTool.Run(
            "dotnet", "publish", Metadata("NativeProject"), "-c", "Release", "-r", "linux-x64", "-nodeReuse:false", "-p:UseSharedCompilation=false");
        Assert.True(exit == 0, $"dotnet publish ended with {exit}. {output}");
        return Metadata("NativeFolder");
    }

    private static string Metadata(string key) =>
        typeof(PublishedLibrary).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(attribute => attribute.Key == key).Value!;
}
