using System.Runtime.InteropServices;
using DiceLoss.Trust.Bits;

namespace DiceLoss.Trust.Figures.SameBits;

/// <summary>The same bits as on another machine, which wrote its hashes down.</summary>
/// <param name="written">What the machine was, with its processor first, then the hashes of each problem.</param>
/// <param name="here">The processor of this machine.</param>
internal sealed class SameBitsMachines(string[] written, string here) : Figure
{
    public SameBitsMachines()
        : this(File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "hashes.txt")), Processor())
    {
    }

    public override string Name => "same-bits-machines";

    public override string Held => "1 bit pattern";

    public override string Method => "the same hashes, of one thread without SIMD, beside those that another machine wrote down";

    public override Finding Measure(Budget budget)
    {
        string machine = written[0];
        if (HashProgram.Difference(["here", .. HashProgram.Expected], "here", written[1..]) is { } wrong)
        {
            return Finding.Broken($"{wrong} The hashes are of {machine}; this is {here}.");
        }

        string same = $"1 pattern for each of {BitProblems.All.Count} problems";
        return machine.StartsWith($"{here},", StringComparison.Ordinal)
            ? Finding.Skipped($"The same machine, or one like it, wrote the hashes: {machine}. {same}, as there.")
            : Finding.Held($"{same}: {here} has that of {machine}.");
    }

    // Names of processors hide what they are, on virtual machines above all.
    private static string Processor()
    {
        const string Information = "/proc/cpuinfo";
        string[] lines = File.Exists(Information) ? File.ReadAllLines(Information) : [];
        string[] known = [.. new[] { "vendor_id", "cpu family", "model" }.Select(name =>
            lines.Select(line => line.Split(':', 2)).FirstOrDefault(pair => pair[0].Trim() == name)?[1].Trim() ?? "")];
        return known.Contains("") ? RuntimeInformation.ProcessArchitecture.ToString() : $"{known[0]} family {known[1]} model {known[2]}";
    }
}
