using System.Globalization;
using System.Text.RegularExpressions;
using DiceLoss.Cuda.Compilation;
using DiceLoss.Cuda.Conformance.Checks;
using DiceLoss.Cuda.Tests.Emulator;

namespace DiceLoss.Cuda.Tests;

/// <summary>
/// What NVIDIA's compilers make of the kernels, where a machine has them: NVRTC, and ptxas on the path or where <c>DICELOSS_PTXAS</c> says. No
/// device is needed.
/// </summary>
public sealed partial class NvrtcTests
{
    private const int TableArchitecture = 90;

    private static readonly KernelSpecialisation s_usual = new(
        5, ElementType.Float32, ElementType.Int64, null, Maps: false, Minimum: false, Activation.Softmax, 1, VoxelTerm.None, HardPrediction.None, Contiguous: true, Wide: true);

    // The names of the table.
    private static readonly (string Name, KernelSpecialisation Kernel)[] s_table =
    [
        ("softmax, 2 channels", s_usual with { Channels = 2 }),
        ("softmax, 5 channels", s_usual),
        ("softmax, 5 channels, one voxel a load", s_usual with { Wide = false }),
        ("softmax, 8 channels", s_usual with { Channels = 8 }),
        ("softmax, 16 channels", s_usual with { Channels = 16 }),
        ("softmax, any number of channels", s_usual with { Channels = 0 }),
        ("softmax, any number of channels, any strides", s_usual with { Channels = 0, Contiguous = false, Wide = false }),
        ("softmax, 5 channels, float16, uint8", s_usual with { Logits = ElementType.Float16, Targets = ElementType.UInt8 }),
        ("softmax, 5 channels, bfloat16, uint8", s_usual with { Logits = ElementType.BFloat16, Targets = ElementType.UInt8 }),
        ("softmax, 5 channels, float64", s_usual with { Logits = ElementType.Float64 }),
        ("softmax, 5 channels, cross-entropy", s_usual with { Term = VoxelTerm.CrossEntropy }),
        ("softmax, 5 channels, focal", s_usual with { Term = VoxelTerm.Focal }),
        ("softmax, 5 channels, maps and weights", s_usual with { Maps = true, Targets = ElementType.Float32, Weights = ElementType.Float32 }),
        ("two classes from one channel", s_usual with { Channels = 1, Activation = Activation.TwoClassSigmoid }),
        ("sigmoid, 3 channels, maps", s_usual with { Channels = 3, Activation = Activation.Sigmoid, Maps = true, Targets = ElementType.UInt8 }),
    ];

    [Fact]
    public void Compile_PairwiseList_CompilesForTheOldestAndTheNewestArchitecture()
    {
        SkipWithoutNvrtc();
        IReadOnlyList<int> known = NvrtcCompiler.Architectures;
        KernelSpecialisation[] kernels = [.. KernelCases.All.Select(KernelOfCase.Sums)];
        (KernelName, KernelSpecialisation)[] all =
        [
            .. kernels.Select(kernel => (KernelName.Sums, kernel)),
            .. kernels.Select(kernel => (KernelName.Gradient, kernel with { Hard = HardPrediction.None })),
            .. kernels.Select(kernel => (KernelName.Collect, kernel.ForCollect())),
            (KernelName.Store, default),
        ];

        // Each kernel for one of the two, the kernels next to it for the other.
        int i = 0;
        foreach ((KernelName name, KernelSpecialisation kernel) in all.Distinct())
        {
            NvrtcCompiler.Instance.Compile(KernelSources.Of(name, kernel), i++ % 2 == 0 ? known[0] : known[^1]);
        }
    }

    [Fact]
    public void Assemble_NamedKernels_NeedTheRegistersOfTheTable()
    {
        SkipWithoutNvrtc();
        string? ptxas = FindPtxas();
        if (ptxas is null) Assert.Skip("ptxas is neither on the path nor in the environment variable DICELOSS_PTXAS.");
        string version = VersionPattern().Match(HostCompiler.Run(ptxas, AppContext.BaseDirectory, ["--version"]).Output).Groups[1].Value;
        var lines = new List<string>
        {
            $"ptxas {version}, sm_{TableArchitecture}, {NvrtcCompiler.Instance.Version}",
            "",
            "| kernel | pass | registers | stack bytes | spilled bytes | shared bytes |",
            "| --- | --- | ---: | ---: | ---: | ---: |",
        };
        foreach ((string name, KernelSpecialisation kernel) in s_table)
        {
            foreach (KernelName pass in new[] { KernelName.Sums, KernelName.Gradient }) lines.Add($"| {name} | {KernelSources.FunctionName(pass)} | {Assemble(ptxas, pass, kernel)} |");
        }

        string written = Path.Combine(AppContext.BaseDirectory, "registers.written.md");
        File.WriteAllLines(written, lines);
        string[] table = File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "registers.md"));
        if (table[0] != lines[0]) Assert.Skip($"The table is of {table[0]}; what {lines[0]} makes is in {written}.");
        Assert.True(table.SequenceEqual(lines), $"{written} differs from registers.md: {string.Join(Environment.NewLine, lines.Except(table))}");
    }

    // Registers, bytes of stack, of what is spilled and of shared memory, as columns.
    private static string Assemble(string ptxas, KernelName name, KernelSpecialisation kernel)
    {
        byte[] image = NvrtcCompiler.Instance.Compile(KernelSources.Of(name, kernel), TableArchitecture);
        string file = Path.GetTempFileName();
        try
        {
            File.WriteAllBytes(file, image[..^1]);
            (int exit, string output) = HostCompiler.Run(ptxas, Path.GetTempPath(), [$"-arch=sm_{TableArchitecture}", "-v", file, "-o", "/dev/null"]);
            Assert.True(exit == 0, output);
            int stack = Number(@"(\d+) bytes stack frame"), spilled = Number(@"(\d+) bytes spill stores") + Number(@"(\d+) bytes spill loads");
            return string.Join(" | ", Number(@"Used (\d+) registers"), stack, spilled, Number(@"(\d+) bytes smem"));

            int Number(string pattern) =>
                Regex.Match(output, pattern) is { Success: true } match ? int.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture) : 0;
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static string? FindPtxas() => Environment.GetEnvironmentVariable("DICELOSS_PTXAS") is { Length: > 0 } chosen
        ? chosen
        : (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Select(folder => Path.Combine(folder, "ptxas")).FirstOrDefault(File.Exists);

    private static void SkipWithoutNvrtc()
    {
        if (!NvrtcCompiler.Instance.IsAvailable(out string? reason)) Assert.Skip(reason);
    }

    [GeneratedRegex(@"release (\d+\.\d+)")]
    private static partial Regex VersionPattern();
}
