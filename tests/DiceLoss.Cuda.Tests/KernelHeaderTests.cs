using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using DiceLoss.Cuda.Compilation;
using DiceLoss.Cuda.Runtime;

namespace DiceLoss.Cuda.Tests;

/// <summary>What host and kernels must agree on, read where the kernels define it.</summary>
public sealed partial class KernelHeaderTests
{
    private static readonly string s_header = KernelSources.Headers.Single(header => header.Name == "dice.cuh").Text;

    [Theory]
    [InlineData("MOST_CHANNELS", KernelConstants.MaxChannelsOfThread)]
    [InlineData("WARP", KernelConstants.Warp)]
    [InlineData("TRIPS", KernelConstants.Trips)]
    [InlineData("MAX_RANK", KernelConstants.MaxRank)]
    public void Constant_OfTheHeader_IsThatOfTheHost(string name, int expected) => Assert.Equal(expected.ToString(CultureInfo.InvariantCulture), Defined(name));

    [Fact]
    public void ExpressionsOfTheHeader_AreThoseOfTheHost()
    {
        Assert.Equal("(PLACES * VECTOR * TRIPS)", Defined("TILE"));
        Assert.Equal("(WARPS / PARTS * WARP)", Defined("PLACES"));
        Assert.Equal("(WARPS * WARP)", Defined("BLOCK"));
        Assert.Contains(
            "#define PARTS ((CHANNELS + MOST_CHANNELS - 1) / MOST_CHANNELS)\n#define SHARES (PARTS > 1)\n"
            + $"#define WARPS (SHARES ? PARTS : {KernelConstants.Warps})\n",
            s_header,
            StringComparison.Ordinal);
        Assert.Contains($"#define PARTS (1 << problem.log2_parts)\n#define SHARES 1\n#define WARPS {KernelConstants.WarpsOfAny}\n", s_header, StringComparison.Ordinal);
        Assert.Equal("(IN_REGISTERS && CHANNELS <= 8)", Defined("IS_FEW"));
        Assert.Contains("typedef double real;\n#define VECTOR (IS_FEW ? 2 : 1)\n", s_header, StringComparison.Ordinal);
        Assert.Contains("typedef float real;\n#define VECTOR (LOGITS == FLOAT32 ? (IS_FEW ? 4 : 2) : (IS_FEW ? 8 : 4))\n", s_header, StringComparison.Ordinal);
        Assert.Contains($"number[{KernelConstants.StoredNumbers}]", KernelSources.Of(KernelName.Store, default).Text, StringComparison.Ordinal);
        Assert.Contains($"__launch_bounds__({KernelConstants.BlockOfHelpers})", KernelSources.Of(KernelName.Store, default).Text, StringComparison.Ordinal);
        Assert.Contains($"#define THREADS {KernelConstants.BlockOfHelpers}\n", KernelSources.Of(KernelName.Collect, default).Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("FLOAT32", ElementType.Float32)]
    [InlineData("FLOAT64", ElementType.Float64)]
    [InlineData("FLOAT16", ElementType.Float16)]
    [InlineData("BFLOAT16", ElementType.BFloat16)]
    [InlineData("INT8", ElementType.Int8)]
    [InlineData("UINT8", ElementType.UInt8)]
    [InlineData("INT16", ElementType.Int16)]
    [InlineData("INT32", ElementType.Int32)]
    [InlineData("INT64", ElementType.Int64)]
    public void ElementType_OfTheHeader_IsThatOfTheHost(string name, ElementType expected) => Constant_OfTheHeader_IsThatOfTheHost(name, (int)expected);

    [Theory]
    [InlineData("SOFTMAX", Activation.Softmax)]
    [InlineData("TWO_CLASSES", Activation.TwoClassSigmoid)]
    [InlineData("SIGMOID", Activation.Sigmoid)]
    public void Activation_OfTheHeader_IsThatOfTheHost(string name, Activation expected) => Constant_OfTheHeader_IsThatOfTheHost(name, (int)expected);

    // By hand, with 8-byte alignment: what a C compiler makes of the declarations in the header.
    [Fact]
    public void Structs_LieAsInC()
    {
        Assert.Equal(152, Unsafe.SizeOf<KernelLayout>());
        Assert.Equal(48, Unsafe.SizeOf<KernelFound>());
        Assert.Equal(32, Unsafe.SizeOf<KernelUpstream>());
        Assert.Equal(560, Unsafe.SizeOf<KernelProblem>());
        Assert.Equal([0, 8, 16, 80, 144], Offsets<KernelLayout>("Sample", "Channel", "Length", "Stride", "Rank"));
        Assert.Equal([0, 8, 16, 24, 32, 40], Offsets<KernelFound>("Values", "ValuePlace", "Weights", "WeightPlace", "Value", "Weight"));
        Assert.Equal([0, 8, 16, 24], Offsets<KernelUpstream>("Numbers", "Sample", "ByClass", "Type"));
        Assert.Equal(
            [0, 8, 16, 24, 176, 328, 480, 488, 496, 504, 512, 520, 528, 532, 536, 540, 544, 548, 552, 556],
            Offsets<KernelProblem>(
                "Logits", "Targets", "Weights", "OfLogits", "OfTargets", "OfWeights", "Samples", "Voxels", "SegmentsPerSample", "TilesPerSegment", "IgnoreLabel",
                "FocalGamma", "Channels", "Exponent", "FirstLabel", "Log2Parts", "TypeOfTargets", "TypeOfWeights", "Minimum", "Hard"));
    }

    [Fact]
    public void Terms_OfEverySpecialisation_AreThoseOfTheKernels()
    {
        Span<SumTerm> room = stackalloc SumTerm[TermOrder.MostTerms];
        string sums = KernelSources.Of(KernelName.Sums, default).Text, gradient = KernelSources.Of(KernelName.Gradient, default).Text;
        foreach (Activation activation in (Activation[])[Activation.Softmax, Activation.TwoClassSigmoid, Activation.Sigmoid, Activation.None])
        {
            foreach (VoxelTerm term in Enum.GetValues<VoxelTerm>())
            {
                foreach (HardPrediction hard in Enum.GetValues<HardPrediction>())
                {
                    foreach (bool maps in (bool[])[false, true])
                    {
                        KernelSpecialisation kernel = default(KernelSpecialisation) with { Activation = activation, Term = term, Hard = hard, Maps = maps };
                        Assert.Equal(Enumeration(sums, "TERMS", kernel), Names(TermOrder.OfSums(kernel, room)));
                        Assert.Equal(Enumeration(gradient, "COEFFICIENTS", kernel), Names(TermOrder.OfCoefficients(kernel, room)));
                    }
                }
            }
        }
    }

    // The members of the enumeration that ends with a name, as the preprocessor leaves them.
    private static List<string> Enumeration(string text, string last, KernelSpecialisation kernel)
    {
        string body = text[..text.IndexOf($"    {last}\n", StringComparison.Ordinal)];
        body = body[(body.LastIndexOf("enum {", StringComparison.Ordinal) + 6)..];
        List<string> names = [];
        bool isIn = true;
        foreach (string line in body.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (line == "#endif") isIn = true;
            else if (line.StartsWith("#if ", StringComparison.Ordinal)) isIn = line[4..].Split("&&", StringSplitOptions.TrimEntries).All(condition => Holds(condition, kernel));
            else if (isIn) names.AddRange(line.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries));
        }

        return [.. names.Select(name => name.Replace("BY_", "", StringComparison.Ordinal))];
    }

    private static bool Holds(string condition, KernelSpecialisation kernel) => condition switch
    {
        "OF_VOXELS" => kernel.Maps && !kernel.ClassesCompete,
        "HAS_LOG" => kernel.Term != VoxelTerm.None,
        "HAS_UNIFORM" => kernel.Term == VoxelTerm.SmoothedCrossEntropy,
        "HAS_FOCAL" => kernel.Term == VoxelTerm.Focal,
        "!COMPETES" => !kernel.ClassesCompete,
        "HARD" => kernel.Hard != HardPrediction.None,
        _ => throw new ArgumentException($"The condition '{condition}' is new here.", nameof(condition)),
    };

    private static List<string> Names(ReadOnlySpan<SumTerm> terms)
    {
        List<string> names = [];
        foreach (SumTerm term in terms) names.Add(WordStart.Replace(term.ToString(), "_").ToUpperInvariant());
        return names;
    }

    private static int[] Offsets<T>(params string[] fields) => Array.ConvertAll(fields, field => (int)Marshal.OffsetOf<T>(field));

    private static string Defined(string name) =>
        Regex.Match(s_header, $@"^#define {name} (.*?)( *//.*)?$", RegexOptions.Multiline).Groups[1].Value;

    [GeneratedRegex("(?<=[a-z])(?=[A-Z])")]
    private static partial Regex WordStart { get; }
}
