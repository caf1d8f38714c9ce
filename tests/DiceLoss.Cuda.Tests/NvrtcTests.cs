using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using DiceLoss.Cuda.Compilation;
using DiceLoss.Cuda.Conformance.Checks;
using DiceLoss.Cuda.Emulator;

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
        ("softmax, 17 channels", s_usual with { Channels = 17 }),
        ("softmax, 105 channels", s_usual with { Channels = 105 }),
        ("softmax, 105 channels, cross-entropy", s_usual with { Channels = 105, Term = VoxelTerm.CrossEntropy }),
        ("softmax, 128 channels", s_usual with { Channels = 128 }),
        ("softmax, 256 channels", s_usual with { Channels = 256 }),
        ("softmax, any number of channels", s_usual with { Channels = 0 }),
        ("softmax, any number of channels, any strides", s_usual with { Channels = 0, Contiguous = false, Wide = false }),
        ("softmax, general", s_usual.Fallback()),
        ("sigmoid, general, maps", (s_usual with { Activation = Activation.Sigmoid, Maps = true }).Fallback()),
        ("softmax, 5 channels, float16, uint8", s_usual with { Logits = ElementType.Float16, Targets = ElementType.UInt8 }),
        ("softmax, 5 channels, bfloat16, uint8", s_usual with { Logits = ElementType.BFloat16, Targets = ElementType.UInt8 }),
        ("softmax, 16 channels, float16, uint8", s_usual with { Channels = 16, Logits = ElementType.Float16, Targets = ElementType.UInt8 }),
        ("softmax, 105 channels, float16, uint8", s_usual with { Channels = 105, Logits = ElementType.Float16, Targets = ElementType.UInt8 }),
        ("softmax, 128 channels, float16", s_usual with { Channels = 128, Logits = ElementType.Float16 }),
        ("softmax, 128 channels, float64", s_usual with { Channels = 128, Logits = ElementType.Float64 }),
        ("softmax, 5 channels, float64", s_usual with { Logits = ElementType.Float64 }),
        ("softmax, 5 channels, cross-entropy", s_usual with { Term = VoxelTerm.CrossEntropy }),
        ("softmax, 5 channels, focal", s_usual with { Term = VoxelTerm.Focal }),
        ("softmax, 5 channels, maps and weights", s_usual with { Maps = true, Targets = ElementType.Float32, Weights = ElementType.Float32 }),
        ("softmax, 16 channels, maps", s_usual with { Channels = 16, Maps = true, Targets = ElementType.Float32 }),
        ("softmax, 105 channels, maps", s_usual with { Channels = 105, Maps = true, Targets = ElementType.Float32 }),
        ("softmax, 105 channels, maps, cross-entropy", s_usual with { Channels = 105, Maps = true, Targets = ElementType.Float32, Term = VoxelTerm.CrossEntropy }),
        ("softmax, 256 channels, maps, focal", s_usual with { Channels = 256, Maps = true, Targets = ElementType.Float32, Term = VoxelTerm.Focal }),
        ("two classes from one channel", s_usual with { Channels = 1, Activation = Activation.TwoClassSigmoid }),
        ("sigmoid, 3 channels, maps", s_usual with { Channels = 3, Activation = Activation.Sigmoid, Maps = true, Targets = ElementType.UInt8 }),
        ("sigmoid, 16 channels, maps", s_usual with { Channels = 16, Activation = Activation.Sigmoid, Maps = true, Targets = ElementType.UInt8 }),
        ("sigmoid, 105 channels, maps", s_usual with { Channels = 105, Activation = Activation.Sigmoid, Maps = true, Targets = ElementType.UInt8 }),
        ("sigmoid, 105 channels, maps, cross-entropy", s_usual with { Channels = 105, Activation = Activation.Sigmoid, Maps = true, Targets = ElementType.UInt8, Term = VoxelTerm.CrossEntropy }),
        ("sigmoid, 105 channels, labels", s_usual with { Channels = 105, Activation = Activation.Sigmoid }),
    ];

    private static readonly KernelName[] s_passes = [KernelName.Sums, KernelName.Gradient];

    // Of float32 logits that stay in registers, those for which registers do not suffice.
    private static readonly string[] s_spilling = ["3 channels, Int64: dice_gradient", "16 channels, Int64: dice_gradient"];

    private static readonly ConcurrentDictionary<(KernelName, KernelSpecialisation), (string Ptx, string Sass)> s_listings = [];

    public static TheoryData<int> ChannelsInRegisters => [.. Enumerable.Range(2, 15)];

    [Fact]
    public void Compile_PairwiseList_CompilesForTheOldestAndTheNewestArchitectureAlternately()
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
        string ptxas = FindPtxasOrSkip();
        var lines = new List<string>
        {
            CompilersOf(ptxas),
            "",
            "| kernel | pass | registers | stack bytes | spilled bytes | shared bytes |",
            "| --- | --- | ---: | ---: | ---: | ---: |",
        };
        foreach ((string name, KernelSpecialisation kernel) in s_table)
        {
            foreach (KernelName pass in s_passes) lines.Add($"| {name} | {KernelSources.FunctionName(pass)} | {Assemble(ptxas, pass, kernel)} |");
        }

        string written = Path.Combine(AppContext.BaseDirectory, "registers.written.md");
        File.WriteAllLines(written, lines);
        string[] table = ReadTable();
        if (table[0] != lines[0]) Assert.Skip($"The table is of {table[0]}; what {lines[0]} makes is in {written}.");
        Assert.True(table.SequenceEqual(lines), $"{written} differs from registers.md: {string.Join(Environment.NewLine, lines.Except(table))}");
    }

    [Theory]
    [MemberData(nameof(ChannelsInRegisters))]
    public void Assemble_Float32Logits_AreFetchedOnceByTheWidestCopies(int channels)
    {
        SkipWithoutNvrtc();
        string ptxas = FindPtxasOrSkip();
        foreach ((string name, KernelName pass, KernelSpecialisation kernel) in KernelsOf(channels))
        {
            (string ptx, string sass) = List(ptxas, pass, kernel);
            int vector = kernel.Vector, bytes = vector * sizeof(float), wideLabels = kernel.Targets == ElementType.Int64 && vector == 4 ? 2 : 0;
            Assert.Equal(channels > 8 ? 2 : 4, vector);

            // In two places: before the first group of voxels, and while each of the others is worked on.
            int copies = Count(ptx, $@"\bcp\.async\.ca\.shared\.global \[[^]]+\], \[[^]]+\], {bytes};"), expected = 2 * (channels + wideLabels);
            Assert.True(copies == expected, $"{name}: {copies} copies of {bytes} bytes, not {expected}.");
            int alone = Count(ptx, @"\bld\.global(\.nc)?(\.v\d)?\.[fb]32");
            int factors = pass == KernelName.Gradient ? 5 : 0; // upstream, and twice to compare it with what the gradient is made for
            Assert.True(factors == alone, $"{name}: {alone} numbers are loaded and not fetched, not {factors}.");
            int wide = Count(sass, @"\bLDGSTS(\.\w+)*\.128\b");
            Assert.True(wide == (vector == 4 ? expected : 2 * (kernel.Targets == ElementType.Int64 ? 1 : 0)), $"{name}: {wide} copies of 16 bytes.");
        }
    }

    [Fact]
    public void Assemble_Float32Logits_StayInRegistersExceptInTheKernelsThatAreNamed()
    {
        SkipWithoutNvrtc();
        string ptxas = FindPtxasOrSkip(), known = ReadTable()[0];
        if (known != CompilersOf(ptxas)) Assert.Skip($"Which kernels spill is known of {known}; this is {CompilersOf(ptxas)}.");
        var spilling = new List<string>();
        foreach ((string name, KernelName pass, KernelSpecialisation kernel) in Enumerable.Range(2, 15).SelectMany(KernelsOf))
        {
            (string ptx, string sass) = List(ptxas, pass, kernel);
            Assert.True(Count(ptx, @"\.local\b") == 0, $"{name}: the source itself asks for local memory.");
            if (Count(sass, @"\b(LDL|STL)\b") > 0) spilling.Add(name);
        }

        Assert.Equal(s_spilling, spilling);
    }

    private static IEnumerable<(string Name, KernelName Pass, KernelSpecialisation Kernel)> KernelsOf(int channels) =>
        from labels in new[] { ElementType.UInt8, ElementType.Int64 }
        from pass in s_passes
        select ($"{channels} channels, {labels}: {KernelSources.FunctionName(pass)}", pass, s_usual with { Channels = channels, Targets = labels });

    private static int Count(string text, string pattern) => Regex.Count(text, pattern);

    // What NVRTC makes of a kernel, and what ptxas makes of that.
    private static (string Ptx, string Sass) List(string ptxas, KernelName name, KernelSpecialisation kernel) => s_listings.GetOrAdd((name, kernel), _ =>
    {
        string disassembler = Path.Combine(Path.GetDirectoryName(ptxas)!, "nvdisasm");
        if (!File.Exists(disassembler)) Assert.Skip($"There is no nvdisasm beside {ptxas}.");
        using var folder = new TemporaryFolder();
        string cubin = Path.Combine(folder.Path, "kernel.cubin");
        string ptx = Assemble(ptxas, name, kernel, cubin).Ptx;
        (int exit, string sass) = HostCompiler.Run(disassembler, folder.Path, ["-c", cubin]);
        Assert.True(exit == 0, sass);
        return (ptx, sass);
    });

    // Registers, bytes of stack, of what is spilled and of shared memory, as columns.
    private static string Assemble(string ptxas, KernelName name, KernelSpecialisation kernel)
    {
        string output = Assemble(ptxas, name, kernel, "/dev/null").Output;
        int stack = Number(@"(\d+) bytes stack frame"), spilled = Number(@"(\d+) bytes spill stores") + Number(@"(\d+) bytes spill loads");
        return string.Join(" | ", Number(@"Used (\d+) registers"), stack, spilled, Number(@"(\d+) bytes smem"));

        int Number(string pattern) =>
            Regex.Match(output, pattern) is { Success: true } match ? int.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture) : 0;
    }

    private static (string Ptx, string Output) Assemble(string ptxas, KernelName name, KernelSpecialisation kernel, string cubin)
    {
        byte[] image = NvrtcCompiler.Instance.Compile(KernelSources.Of(name, kernel), TableArchitecture)[..^1];
        string file = Path.GetTempFileName();
        try
        {
            File.WriteAllBytes(file, image);
            (int exit, string output) = HostCompiler.Run(ptxas, Path.GetTempPath(), [$"-arch=sm_{TableArchitecture}", "-v", file, "-o", cubin]);
            Assert.True(exit == 0, output);
            return (Encoding.UTF8.GetString(image), output);
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static string CompilersOf(string ptxas)
    {
        string version = VersionPattern().Match(HostCompiler.Run(ptxas, AppContext.BaseDirectory, ["--version"]).Output).Groups[1].Value;
        return $"ptxas {version}, sm_{TableArchitecture}, {NvrtcCompiler.Instance.Version}";
    }

    private static string[] ReadTable() => File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "registers.md"));

    private static string FindPtxasOrSkip()
    {
        string? ptxas = Environment.GetEnvironmentVariable("DICELOSS_PTXAS") is { Length: > 0 } chosen
            ? chosen
            : (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Select(folder => Path.Combine(folder, "ptxas")).FirstOrDefault(File.Exists);
        if (ptxas is null) Assert.Skip("ptxas is neither on the path nor in the environment variable DICELOSS_PTXAS.");
        return ptxas;
    }

    private static void SkipWithoutNvrtc()
    {
        if (!NvrtcCompiler.Instance.IsAvailable(out string? reason)) Assert.Skip(reason);
    }

    [GeneratedRegex(@"release (\d+\.\d+)")]
    private static partial Regex VersionPattern();
}
