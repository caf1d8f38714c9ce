using System.ComponentModel;
using System.Diagnostics;

namespace DiceLoss.Native.Tests;

/// <summary>Programs that tests run.</summary>
internal static class CommandTool
{
    /// <summary>Runs a program.</summary>
    /// <returns>Its exit code, and all that it has written.</returns>
    public static (int Exit, string Output) Run(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd() + errors.GetAwaiter().GetResult();
        process.WaitForExit();
        return (process.ExitCode, output);
    }

    /// <summary>Whether a program is there.</summary>
    public static bool Has(string program)
    {
        try
        {
            return Run(program, "--version").Exit == 0;
        }
        catch (Win32Exception)
        {
            return false;
        }
    }
}
