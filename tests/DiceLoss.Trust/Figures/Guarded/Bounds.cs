using System.Globalization;
using DiceLoss.Cpu;
using DiceLoss.Testing;

namespace DiceLoss.Trust.Figures.Guarded;

/// <summary>Every buffer beside a page that cannot be read, in child processes: what leaves a buffer ends one.</summary>
internal class Bounds : Figure
{
    // The short list is every so manyth case; a prime, so that it takes every shift, both sides and every remainder of a size.
    private const int Stride = 4093;

    // Rounds are strides put together: as few processes as can still name the time.
    private const int StridesPerRound = 80;

    public override string Name => "bounds";

    public override string Held => "0 faults and 0 stray writes";

    public override string Method =>
        "logits, labels, maps, weights, upstream and gradient against an unreadable page, before and behind, shifted by 0 to 63 bytes, 0 to 4 tiles of voxels, "
        + "inputs mapped read-only, at each SIMD level with the wider instructions switched off; every type, layout and activation; same bits as anywhere else";

    /// <summary>Who computes.</summary>
    protected virtual IDiceProvider Provider => CpuProvider.Shared;

    public override Finding Measure(Budget budget)
    {
        if (!GuardedMemory.IsSupported) return Finding.Skipped("Guard pages are made with Linux's mmap.");
        InstructionSet[] sets = [.. InstructionSet.All.Where(set => set.IsSupported)];
        List<string> missing = [.. InstructionSet.All.Except(sets).Select(set => $"{set.Level} (this machine has none)")];
        int strides = 0, cases = 0;
        for (int next = 1; strides < Stride && (strides == 0 || !budget.IsSpent); next = Math.Min(strides + StridesPerRound, Stride))
        {
            foreach (InstructionSet set in sets)
            {
                foreach (ElementType type in Cases.LogitsTypes)
                {
                    (int done, string? failure) = Run(set, type, strides, next);
                    if (failure is not null) return Finding.Broken(failure);
                    cases += done;
                }
            }

            strides = next;
        }

        if (strides < Stride) missing.Add(string.Create(CultureInfo.InvariantCulture, $"{Stride - strides} of every {Stride} cases ({budget.Reason})"));
        string levels = string.Join(", ", sets.Select(set => set.Level));
        return Finding.Held(string.Create(CultureInfo.InvariantCulture, $"{cases:N0} cases at {levels}: 0 faults, 0 stray writes.")) with { NotMeasured = missing };
    }

    /// <summary>For the child process: runs cases, each after its number is printed.</summary>
    internal void Cover(string level, string logits, string first, string end)
    {
        InstructionSet.AssertChosen(level);
        ElementType type = Enum.Parse<ElementType>(logits);
        for (int offset = Number(first); offset < Number(end); offset++)
        {
            for (int index = offset; index < PlacedCase.Count; index += Stride)
            {
                Console.Out.WriteLine(index);
                PlacedCase.At(type, index).Run(Provider);
            }
        }
    }

    private (int Done, string? Failure) Run(InstructionSet set, ElementType type, int first, int end)
    {
        string[] arguments = [set.Level.ToString(), type.ToString(), Text(first), Text(end)];
        ChildOutcome outcome = ChildProcess.OutcomeAsync(GetType(), nameof(Cover), arguments, set.Environment).GetAwaiter().GetResult();
        string[] begun = outcome.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        if (outcome.HasPassed) return (begun.Length, null);
        string running = begun.Length == 0 ? "before the first case" : $"in {PlacedCase.At(type, Number(begun[^1]))}";
        return (begun.Length, $"{set.Level}: the process ended with {outcome.ExitCode} {running}. {outcome.Errors.Split('\n')[0]}");
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}
