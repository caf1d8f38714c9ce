#:property PublishAot=false
// Plants the faults of tests/DiceLoss.Cpu.Tests/planted-faults.json, one after the other, and prints which test notices each:
//
//   dotnet run eng/planted-faults.cs [WORD ...]
//
// Works on a copy of what git tracks, in a folder for temporary files. The tests have to pass there before anything is planted. The test that
// a fault names runs first, all others only if that one notices nothing. Words leave out the faults in whose file and description none of
// them occurs. A fault that does not compile proves nothing and is an error. The exit code is 1 if one is, or if one survives.

using System.Diagnostics;
using System.Runtime.Intrinsics;
using System.Text.Json;

const string Tests = "tests/DiceLoss.Cpu.Tests", Sources = "src/DiceLoss.Cpu";

// What never ends is ended: one test takes seconds, all of them some minutes.
TimeSpan limitOfOne = TimeSpan.FromMinutes(3), limitOfAll = TimeSpan.FromMinutes(20);

Fault[] faults = JsonSerializer.Deserialize<Fault[]>(File.ReadAllText($"{Tests}/planted-faults.json"), JsonSerializerOptions.Web)!;
if (args.Length > 0) faults = [.. faults.Where(fault => args.Any(word => $"{fault.File} {fault.What}".Contains(word, StringComparison.OrdinalIgnoreCase)))];

DirectoryInfo copy = Directory.CreateTempSubdirectory("planted-faults-");
try
{
    foreach (string file in Run(".", "git", ["ls-files", "-z"], limitOfAll).Output.Split('\0', StringSplitOptions.RemoveEmptyEntries).Where(File.Exists))
    {
        string to = Path.Combine(copy.FullName, file);
        Directory.CreateDirectory(Path.GetDirectoryName(to)!);
        File.Copy(file, to);
    }

    if (!Build(out string errors)) throw new InvalidOperationException($"The tests do not compile:\n{errors}");
    if (RunTests([], limitOfAll) is { } failing) throw new InvalidOperationException($"Nothing can be proven, a test fails without a fault: {failing}");

    Console.WriteLine("| file | fault | noticed by |\n| --- | --- | --- |");
    bool areAllNoticed = true;
    foreach (Fault fault in faults)
    {
        bool isNoticed = Plant(fault, out string by);
        areAllNoticed &= isNoticed;
        Console.WriteLine($"| {fault.File} | {fault.What} | {(isNoticed ? by : $"**{by}**")} |");
    }

    return areAllNoticed ? 0 : 1;
}
finally
{
    copy.Delete(recursive: true);
}

// Whether a fault is noticed, or cannot be met on this machine, and who notices it.
bool Plant(Fault fault, out string by)
{
    by = "skipped: this machine has no AVX-512";
    if (fault.Needs == nameof(Vector512) && !Vector512.IsHardwareAccelerated) return true;
    string file = Path.Combine(copy.FullName, Sources, fault.File), text = File.ReadAllText(file);
    if (text.Split(fault.Right).Length != 2) throw new InvalidOperationException($"{fault.File} must hold this once: {fault.Right}");
    File.WriteAllText(file, text.Replace(fault.Right, fault.Wrong, StringComparison.Ordinal));
    try
    {
        by = "does not compile";
        if (!Build(out _)) return false;
        string? test = RunTests(["--filter-method", $"DiceLoss.Cpu.Tests.{fault.Test}"], limitOfOne) ?? RunTests([], limitOfAll);
        by = test ?? "nobody";
        return test is not null;
    }
    finally
    {
        File.WriteAllText(file, text);
    }
}

// Analyzers and warnings have no say here. One compiler stays for all faults.
bool Build(out string errors)
{
    (int? code, errors) = Run(copy.FullName, "dotnet", ["build", Tests, "--nologo", "-v", "q", "-p:UseSharedCompilation=true", "-p:RunAnalyzers=false", "-p:TreatWarningsAsErrors=false", "-p:MSBuildTreatWarningsAsErrors=false"], limitOfAll);
    return code == 0;
}

// The first test that fails, or null. The test of the list itself is left out: it would notice every fault.
string? RunTests(string[] filter, TimeSpan limit)
{
    const int NoTests = 8;
    if (filter.Length == 0) filter = ["--filter-not-class", "DiceLoss.Cpu.Tests.PlantedFaultTests"];
    (int? code, string output) = Run(
        copy.FullName, "dotnet", ["exec", "artifacts/bin/DiceLoss.Cpu.Tests/debug/DiceLoss.Cpu.Tests.dll", "--stop-on-fail", "on", "--no-ansi", "--progress", "off", .. filter], limit);
    if (code == 0) return null;
    if (code == NoTests) throw new InvalidOperationException($"There is no such test: {string.Join(' ', filter)}");
    string? failed = output.Split('\n').FirstOrDefault(line => line.StartsWith("failed DiceLoss.", StringComparison.Ordinal));
    if (failed is not null) return failed.Split(' ', '(')[1].Replace("DiceLoss.Cpu.Tests.", "", StringComparison.Ordinal);
    return $"{filter[^1].Replace("DiceLoss.Cpu.Tests.", "", StringComparison.Ordinal)}: {(code is null ? "it does not end" : $"the process is ended with code {code}")}";
}

// The exit code, null if the time was over, and what was printed.
static (int? Code, string Output) Run(string folder, string program, string[] arguments, TimeSpan limit)
{
    var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = folder, RedirectStandardOutput = true };
    using Process process = Process.Start(start)!;
    Task<string> output = process.StandardOutput.ReadToEndAsync();
    bool hasEnded = process.WaitForExit(limit);
    if (!hasEnded) process.Kill(entireProcessTree: true);
    return (hasEnded ? process.ExitCode : null, output.Result);
}

/// <summary>A mistake, and the test that should notice it first.</summary>
/// <param name="What">What is wrong.</param>
/// <param name="File">The source.</param>
/// <param name="Right">A piece of it that occurs once.</param>
/// <param name="Wrong">What stands there instead.</param>
/// <param name="Test">Class and method of the test.</param>
/// <param name="Needs">The registers that the machine must have, if any.</param>
internal sealed record Fault(string What, string File, string Right, string Wrong, string Test, string? Needs);
