using DiceLoss.Trust.Bits;

namespace DiceLoss.Trust.Figures.SameBits;

/// <summary>The same bits as on another machine, which wrote its hashes down.</summary>
/// <param name="written">What the machine was, then the hashes of each problem.</param>
internal sealed class SameBitsMachines(string[] written) : Figure
{
    public SameBitsMachines()
        : this(File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "hashes.txt")))
    {
    }

    public override string Name => "same-bits-machines";

    public override string Held => "1 bit pattern";

    public override string Method => "the same hashes, of one thread without SIMD, beside those that another machine wrote down";

    public override Finding Measure(Budget budget)
    {
        string machine = written[0];
        return HashProgram.Difference(["here", .. HashProgram.Expected], "here", written[1..]) is { } wrong
            ? Finding.Broken($"{wrong} The hashes are of {machine}.")
            : Finding.Held($"1 pattern for each of {BitProblems.All.Count} problems: that of {machine}.");
    }
}
