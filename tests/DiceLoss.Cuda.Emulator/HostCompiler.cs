using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;

namespace DiceLoss.Cuda.Emulator;

/// <summary>
/// g++, and what it has made: libraries in a folder for temporary files, each under the hash of all that it was made from, so that nothing
/// is compiled twice.
/// </summary>
public static class HostCompiler
{
    private static readonly Lazy<string?> s_version = new(ReadVersion);
    private static readonly Lazy<string> s_folder = new(MakeFolder);
    private static readonly ConcurrentDictionary<string, Lock> s_underWay = [];

    /// <summary>What it calls itself; <see langword="null"/> where it is not.</summary>
    public static string? Version => s_version.Value;

    /// <summary>Makes a shared library, unless it is there.</summary>
    /// <param name="name">The name of the library.</param>
    /// <param name="files">Names and texts of the sources; the last one is compiled, or all that end in <c>.cpp</c>.</param>
    /// <param name="options">What g++ is told beside that; names are those of <paramref name="files"/>.</param>
    /// <param name="library">The path of the library.</param>
    /// <param name="log">What g++ has said.</param>
    /// <returns>Whether it is there.</returns>
    public static bool TryMake(string name, (string Name, string Text)[] files, string[] options, out string library, [NotNullWhen(false)] out string? log)
    {
        string key = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(
            string.Join('\0', [Version!, .. options, .. files.SelectMany(file => new[] { file.Name, file.Text })]))))[..32];
        library = Path.Combine(s_folder.Value, key, name);
        log = null;
        if (File.Exists(library)) return true;
        lock (s_underWay.GetOrAdd(key, _ => new Lock()))
        {
            return File.Exists(library) || TryMakeNew(name, files, options, library, out log);
        }
    }

    private static bool TryMakeNew(string name, (string Name, string Text)[] files, string[] options, string library, [NotNullWhen(false)] out string? log)
    {
        log = null;

        // Made elsewhere and put in place as a whole: other processes may be at the same.
        string draft = Path.Combine(s_folder.Value, $"{Environment.ProcessId}-{Guid.NewGuid():N}");
        Directory.CreateDirectory(draft);
        try
        {
            foreach ((string file, string text) in files) File.WriteAllText(Path.Combine(draft, file), text);
            (int exit, string output) = Run("g++", draft, [.. options, "-o", name]);
            if (exit != 0)
            {
                log = output;
                return false;
            }

            Directory.CreateDirectory(Path.GetDirectoryName(library)!);
            File.Move(Path.Combine(draft, name), library, overwrite: true);
            return true;
        }
        finally
        {
            Directory.Delete(draft, recursive: true);
        }
    }

    /// <summary>Runs a program.</summary>
    /// <returns>Its exit code, and all that it has written.</returns>
    public static (int Exit, string Output) Run(string program, string folder, string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd() + errors.GetAwaiter().GetResult();
        process.WaitForExit();
        return (process.ExitCode, output);
    }

    private static string? ReadVersion()
    {
        if (!OperatingSystem.IsLinux()) return null;
        try
        {
            (int exit, string output) = Run("g++", Path.GetTempPath(), ["-dumpfullversion", "-dumpmachine"]);
            return exit == 0 ? "g++ " + output.Trim().ReplaceLineEndings(" ") : null;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }

    // Nobody else may write there: what is in it is loaded.
    private static string MakeFolder()
    {
        string folder = Path.Combine(Path.GetTempPath(), "diceloss-emulator-" + Environment.UserName);
        if (!OperatingSystem.IsWindows()) Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return folder;
    }
}
