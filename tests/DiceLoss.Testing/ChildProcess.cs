using System.Diagnostics;
using System.Reflection;

namespace DiceLoss.Testing;

/// <summary>
/// Runs a method of a test class in a process of its own, because an access violation cannot be caught. A test project that uses it
/// calls <see cref="RunIfChild"/> from a module initializer.
/// </summary>
public static class ChildProcess
{
    private const string Variable = "DICELOSS_CHILD";
    private const int Passed = 42;

    /// <summary>Runs the method in a child process and fails if it fails or ends the process.</summary>
    /// <param name="fixture">The class, of a test project; it has a constructor without parameters.</param>
    /// <param name="method">A public method of it.</param>
    /// <param name="arguments">What to pass to the method.</param>
    public static async Task RunAsync(Type fixture, string method, params string[] arguments)
    {
        var start = new ProcessStartInfo
        {
            FileName = Environment.ProcessPath!,
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        if (Path.GetFileNameWithoutExtension(start.FileName) == "dotnet") start.ArgumentList.Add(fixture.Assembly.Location);
        start.Environment[Variable] = string.Join('|', [fixture.FullName!, method, .. arguments]);
        start.Environment["DOTNET_DbgEnableMiniDump"] = "0";

        using Process child = Process.Start(start)!;
        Task<string> output = child.StandardOutput.ReadToEndAsync(), errors = child.StandardError.ReadToEndAsync();
        await child.WaitForExitAsync();
        string text = await output + await errors;
        Assert.True(
            child.ExitCode == Passed,
            $"{fixture.Name}.{method}({string.Join(", ", arguments)}) ended its process with {child.ExitCode}. {text[..Math.Min(text.Length, 2000)]}");
    }

    /// <summary>In a child process: runs the method, and ends the process.</summary>
    public static void RunIfChild(Assembly tests)
    {
        if (Environment.GetEnvironmentVariable(Variable) is not { } call) return;
        string[] parts = call.Split('|');
        try
        {
            Type fixture = tests.GetType(parts[0], throwOnError: true)!;
            fixture.GetMethod(parts[1])!.Invoke(Activator.CreateInstance(fixture), [.. parts[2..]]);
            Environment.Exit(Passed);
        }
        catch (TargetInvocationException e)
        {
            Console.Error.WriteLine(e.InnerException);
            Environment.Exit(1);
        }
    }
}
