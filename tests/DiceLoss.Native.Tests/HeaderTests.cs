using System.Text.RegularExpressions;
using DiceLoss.Native.Json;

namespace DiceLoss.Native.Tests;

/// <summary>The header says what the library does: names, numbers, symbols; and compilers of C and C++ take it.</summary>
public sealed partial class HeaderTests
{
    private static readonly string s_path = Path.Combine(AppContext.BaseDirectory, "diceloss.h");
    private static readonly string s_header = File.ReadAllText(s_path);

    // Member by member what dlpack.h declares.
    private const string DLPack = """
        #include <stdint.h>
        #define DLPACK_DLPACK_H_
        typedef struct { int32_t device_type; int32_t device_id; } DLDevice;
        typedef struct { uint8_t code; uint8_t bits; uint16_t lanes; } DLDataType;
        typedef struct { void *data; DLDevice device; int32_t ndim; DLDataType dtype; int64_t *shape; int64_t *strides; uint64_t byte_offset; } DLTensor;
        """;

    private const string Use = """
        #include "diceloss.h"
        diceloss_status use(diceloss_tensor *tensor);
        diceloss_status use(diceloss_tensor *tensor) { return diceloss_forward(0, tensor, tensor, 0, 0, 0, 0); }
        """;

    [Theory]
    [InlineData("gcc", "c", "c99", false)]
    [InlineData("gcc", "c", "c11", true)]
    [InlineData("g++", "c++", "c++11", false)]
    [InlineData("g++", "c++", "c++20", true)]
    public void Header_AloneAndBehindDLPack_Compiles(string compiler, string language, string standard, bool behindDLPack)
    {
        Assert.SkipUnless(CommandTool.Has(compiler), $"There is no {compiler}.");
        string source = Path.Combine(Path.GetTempPath(), $"diceloss-{Guid.NewGuid():N}.source");
        try
        {
            File.WriteAllText(source, (behindDLPack ? DLPack + "\n" : "") + Use.Replace("diceloss.h", s_path, StringComparison.Ordinal));
            (int exit, string output) = CommandTool.Run(
                compiler, "-x", language, $"-std={standard}", "-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Werror", "-fsyntax-only", source);
            Assert.True(exit == 0, output);
        }
        finally
        {
            File.Delete(source);
        }
    }

    [Fact]
    public void Symbols_OfTheLibrary_AreTheFunctionsOfTheHeader()
    {
        Assert.SkipWhen(PublishedLibrary.Missing is not null, PublishedLibrary.Missing ?? "");
        (int exit, string output) = CommandTool.Run("nm", "-D", "--defined-only", "--format=posix", "--without-symbol-versions", PublishedLibrary.Path);
        Assert.True(exit == 0, output);
        IEnumerable<string> exported = output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' '))
            .Where(symbol => symbol[1] != "A").Select(symbol => symbol[0]); // A: the name of the version
        Assert.Equal(Function().Matches(s_header).Select(match => match.Groups["name"].Value).Order(), exported.Order());
    }

    [Fact]
    public unsafe void Version_OfTheHeader_IsThatOfTheLibrary() => Assert.Contains(
        $"#define DICELOSS_VERSION \"{new string((sbyte*)LibraryVersion.Text)}\"", s_header, StringComparison.Ordinal);

    [Fact]
    public void Statuses_InTheHeader_AreThoseOfTheLibrary() => Assert.Equal(
        SnakeCase.Names<Status>().Zip(Enum.GetValues<Status>(), (name, status) => $"DICELOSS_{name.ToUpperInvariant()} = {(int)status}"),
        StatusLine().Matches(s_header).Select(match => match.Value));

    [Fact]
    public void Options_InTheHeader_AreThoseOfTheLibrary()
    {
        string[] lines = Section("diceloss_options_create");
        Assert.Equal(OptionTables.Dice.Names.Order(), Entries(lines, 3).Order());
        Assert.Equal(OptionTables.CrossEntropy.Names.Concat(OptionTables.Focal.Names).Order(), Entries(lines, 25).Order());
    }

    [Fact]
    public void Words_InTheHeader_AreThoseOfTheLibrary()
    {
        string text = string.Join('\n', Section("diceloss_options_create"));
        IEnumerable<string> words =
        [
            .. SnakeCase.Names<ClassWeighting>(), .. SnakeCase.Names<ClassAverage>(), .. SnakeCase.Names<ClassPooling>(), .. SnakeCase.Names<AbsentClasses>(),
            .. SnakeCase.Names<Activation>(), .. SnakeCase.Names<LossForm>(), .. SnakeCase.Names<IntersectionForm>(), .. SnakeCase.Names<FocalAverage>(),
            .. SnakeCase.Names<HardPrediction>(), .. SnakeCase.Names<DiceReduction>(), "dice", "jaccard", "matthews", "tversky", "alpha", "beta",
        ];
        Assert.Equal(
            words.Distinct().Order(),
            Quoted().Matches(text).Select(match => match.Groups["word"].Value).Distinct().Except(["iou"]).Order());
    }

    [Fact]
    public void Numbers_InTheHeader_AreThoseOfTheLibrary() => Assert.Equal(
        SnakeCase.Names<SumTerm>().Concat(["losses", "sums", "dice", "iou"]).Order(),
        Quoted().Matches(string.Join('\n', Section("diceloss_result_read"))).Select(match => match.Groups["word"].Value).Distinct().Order());

    // The comment that stands before a function.
    private static string[] Section(string function)
    {
        int declaration = s_header.IndexOf($"diceloss_status {function}(", StringComparison.Ordinal);
        return s_header[s_header.LastIndexOf("/*", declaration, StringComparison.Ordinal)..declaration].Split('\n');
    }

    // What a line begins with at a distance behind its star.
    private static IEnumerable<string> Entries(string[] lines, int distance)
    {
        string start = " *" + new string(' ', distance);
        return lines.Where(line => line.StartsWith(start, StringComparison.Ordinal) && line[start.Length] is >= 'a' and <= 'z')
            .Select(line => line[start.Length..].Split(' ')[0]);
    }

    [GeneratedRegex(@"^(diceloss_status|const char \*) ?(?<name>diceloss_\w+)\(", RegexOptions.Multiline)]
    private static partial Regex Function();

    [GeneratedRegex(@"DICELOSS_[A-Z_]+ = \d+")]
    private static partial Regex StatusLine();

    [GeneratedRegex("\"(?<word>[a-z_]+)\"")]
    private static partial Regex Quoted();
}
