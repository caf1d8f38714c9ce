using System.Diagnostics;
using System.Reflection;

namespace DiceLoss.Testing;

/// <summary>
/// Runs a method of a test class in a process of its own, because an access violation cannot be caught. A test project that uses it
/// calls <see cref="RunIfChild"/> from a module initializer.
/// </summary>
public static class ChildProcess
{
    /// <summary>The exit code of a method that has returned: no other way of ending gives it.</summary>
    internal const int Passed = 42;

    private const string Variable = "DICELOSS_CHILD";

    /// <summary>Runs the method in a child process and fails if it fails or ends the process.</summary>
    /// <param name="fixture">The class, of a test project; it has a constructor without parameters.</param>
    /// <param name="method">A method of it.</param>
    /// <param name="arguments">What to pass to the method.</param>
    public static async Task RunAsync(Type fixture, string method, params string[] arguments)
    {
        ChildOutcome outcome = await OutcomeAsync(fixture, method, arguments);
        string text = outcome.Output + outcome.Errors;
        Assert.True(
            outcome.HasPassed,
            $"{fixture.Name}.{method}({string.Join(", ", arguments)}) ended its process with {outcome.ExitCode}. {text[..Math.Min(text.Length, 2000)]}");
    }

    /// <summary>Runs the method in a child process and tells how that ended.</summary>
    /// <param name="fixture">The class; it has a constructor without parameters.</param>
    /// <param name="method">A method of it.</param>
    /// <param name="arguments">What to pass to the method.</param>
    /// <param name="environment">Variables of the child, beside those of this process.</param>
    public static async Task<ChildOutcome> OutcomeAsync(
        Type fixture, string method, IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string>? environment = null)
    {
        var start = new ProcessStartInfo { FileName = Environment.ProcessPath! };
        if (Path.GetFileNameWithoutExtension(start.FileName) == "dotnet") start.ArgumentList.Add(fixture.Assembly.Location);
        start.Environment[Variable] = string.Join('|', [fixture.FullName!, method, .. arguments]);
        foreach ((string name, string value) in environment ?? new Dictionary<string, string>()) start.Environment[name] = value;
        return await OutcomeAsync(start);
    }

    /// <summary>Runs any program and tells how that ended.</summary>
    /// <param name="start">The program, its arguments and environment.</param>
    public static async Task<ChildOutcome> OutcomeAsync(ProcessStartInfo start)
    {
        start.RedirectStandardError = true;
        start.RedirectStandardOutput = true;
        start.Environment["DOTNET_DbgEnableMiniDump"] = "0";
        using Process child = Process.Start(start)!;
        Task<string> output = child.StandardOutput.ReadToEndAsync(), errors = child.StandardError.ReadToEndAsync();
        await child.WaitForExitAsync();
        return new ChildOutcome(child.ExitCode, await output, await errors);
    }

    /// <summary>In a child process: runs the method, and ends the process.</summary>
    public static void RunIfChild(Assembly tests)
    {
        if (Environment.GetEnvironmentVariable(Variable) is not { } call) return;
        string[] parts = call.Split('|');
        try
        {
            Type fixture = tests.GetType(parts[0], throwOnError: true)!;
            fixture.GetMethod(parts[1], BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic)!.Invoke(Activator.CreateInstance(fixture), [.. parts[2..]]);
            Environment.Exit(Passed);
        }
        catch (TargetInvocationException e)
        {
            Console.Error.WriteLine(e.InnerException);
            Environment.Exit(1);
        }
    }
}
