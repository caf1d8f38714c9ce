using System.Text.Json.Nodes;

namespace DiceLoss.Conformance.Tests;

public sealed class ConformanceTests
{
    private const string TwoChannels = """[{"shape":[1,2,1,1],"dtype":"float32","data":[0,0]}]""";

    private const string TwoMaps = """{"shape":[1,2,1,1],"encoding":"onehot","data":[1,1]}""";

    private const string TwoLevels = """[{"shape":[1,1,1],"dtype":"float32","data":[0]},{"shape":[1,1,1],"dtype":"float32","data":[0]}]""";

    // What the definitions of other libraries allow but one loss over sums does not: the power of a mean, weights that are squared.
    private static readonly string[] s_skipped = ["smp-tversky-gamma-of-a-mean", "kornia-dice-micro-weight"];

    public static TheoryData<string> Files =>
        [.. Directory.GetFiles(Folder, "*.json").Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal)];

    private static string Folder => Path.Combine(AppContext.BaseDirectory, "conformance");

    [Theory]
    [MemberData(nameof(Files))]
    public void Run_CasesOfALibrary_AllPassButThoseThatCannot(string file)
    {
        Outcome[] outcomes = [.. CaseReader.ReadFile(Path.Combine(Folder, file)).Select(what => CaseRunner.Run(what.Name, what.Case))];
        Assert.True(outcomes.Count(outcome => outcome.Verdict == Verdict.Passed) >= 6, $"{file} has few cases.");
        Assert.DoesNotContain(outcomes, outcome => outcome.Verdict == Verdict.Failed);
        Assert.All(outcomes.Where(outcome => outcome.Verdict == Verdict.Skipped), outcome => Assert.Contains(outcome.Id, s_skipped));
    }

    [Fact]
    public void Run_AllFiles_CountsEveryCaseAndExitsWithZero()
    {
        using var output = new StringWriter();
        using var errors = new StringWriter();
        Assert.Equal(0, CommandLine.Run(Directory.GetFiles(Folder, "*.json"), output, errors));
        Assert.EndsWith("202 passed, 0 failed, 2 skipped" + Environment.NewLine, output.ToString(), StringComparison.Ordinal);
        Assert.Equal("", errors.ToString());
    }

    [Fact]
    public void Files_AllPresets_HaveACaseWithAGradient()
    {
        IEnumerable<string> compared = Directory.GetFiles(Folder, "*.json").SelectMany(CaseReader.ReadFile).Select(what => CaseReader.Read(what.Case))
            .Where(what => what.Gradient is not null).Select(what => what.Preset);
        Assert.Empty(PresetTable.Names.Except(compared, StringComparer.Ordinal));
    }

    [Fact]
    public void Run_WrongLossExpected_FailsWithBothNumbers()
    {
        using CaseFile file = CaseFile.Of(example => example["expected"]!["data"]![0] = 0.31);
        (int code, string output, _) = file.Run();
        Assert.Equal(CommandLine.Failed, code);
        Assert.Contains("FAILED example: loss[0]: expected 0.31, got 0.3075", output, StringComparison.Ordinal);
        Assert.Contains("0 passed, 1 failed, 0 skipped", output, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_WrongGradientExpected_Fails()
    {
        using CaseFile file = CaseFile.Of(example => example["gradient"] = JsonNode.Parse("""{"shape":[1,1,2,2],"data":[0,0,0,"nan"]}"""));
        (int code, string output, _) = file.Run();
        Assert.Equal(CommandLine.Failed, code);
        Assert.Contains("FAILED example: gradient[0]: expected 0, got -", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("preset", "\"Monai.Hausdorff\"", "the preset Monai.Hausdorff")]
    [InlineData("parameters", """{"label_smoothing":0.1}""", "the parameter label_smoothing")]
    [InlineData("parameters", """{"activation":"tanh"}""", "activation \"tanh\"")]
    [InlineData("parameters", """{"reduction":"none","batch":true}""", "batch is true")]
    [InlineData("parameters", """{"ignore_index":1}""", "an ignored value within maps", TwoChannels, TwoMaps)]
    [InlineData("mask", """{"shape":[1,1,2,2],"data":[1,1,0,1]}""", "a mask for Monai.Dice")]
    [InlineData("target", """{"shape":[1,1,1,3],"encoding":"labels","data":[0,0,1]}""", "the target has shape [1, 1, 1, 3]")]
    [InlineData("target", """{"shape":[1,1,2,2],"encoding":"labels","data":[0.5,0,1,1]}""", "labels that are not whole")]
    [InlineData("target", """{"shape":[1,3,1,1],"encoding":"onehot","data":[1,0,0]}""", "a target of shape [1, 3, 1, 1]", TwoChannels)]
    [InlineData("target", """{"shape":[1,1,1],"encoding":"soft","data":[0.5]}""", "soft targets of shape [1, 1, 1] for 2 channels", TwoChannels)]
    [InlineData("logits", "[]", "no logits")]
    [InlineData("logits", """[{"shape":[4],"dtype":"float32","data":[1,-1,-1,1]}]""", "without samples and channels")]
    [InlineData("preset", "\"Keras.Dice\"", "2 tensors of logits for Keras.Dice", TwoLevels)]
    public void Run_Unsupported_SkipsAndSaysWhat(string property, string value, string reason, string? logits = null, string? target = null)
    {
        using CaseFile file = CaseFile.Of(example =>
        {
            example[property] = JsonNode.Parse(value);
            if (logits is not null) example["logits"] = JsonNode.Parse(logits);
            if (target is not null) example["target"] = JsonNode.Parse(target);
        });
        (int code, string output, _) = file.Run();
        Assert.Equal(0, code);
        Assert.Contains("SKIPPED example: ", output, StringComparison.Ordinal);
        Assert.Contains(reason, output, StringComparison.Ordinal);
        Assert.Contains("0 passed, 0 failed, 1 skipped", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Monai.Focal", """{"gamma":2}""", "soft targets for the sigmoid's focal loss")]
    [InlineData("Monai.Focal", """{"gamma":0,"reduction":"none"}""", "reduction is None")]
    [InlineData("Monai.DiceFocal", """{"use_softmax":true,"include_background":false,"activation":"softmax"}""", "MONAI's softmax is then over the other channels")]
    [InlineData("Monai.DeepSupervision", """{"weight_mode":"three"}""", "weight_mode \"three\"")]
    [InlineData("Monai.DeepSupervision", """{"loss":"Hausdorff"}""", "the preset Monai.Hausdorff")]
    public void Run_ParametersThatAPresetRefuses_SkipsAndSaysWhat(string preset, string parameters, string reason)
    {
        using CaseFile file = CaseFile.Of(example =>
        {
            example["preset"] = preset;
            example["parameters"] = JsonNode.Parse(parameters);
            example["logits"] = JsonNode.Parse(TwoChannels);
            example["target"] = JsonNode.Parse("""{"shape":[1,2,1,1],"encoding":"soft","data":[0.5,1]}""");
        });
        (int code, string output, _) = file.Run();
        Assert.Equal(0, code);
        Assert.Contains("SKIPPED example: ", output, StringComparison.Ordinal);
        Assert.Contains(reason, output, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_GradientOfAnotherLevelWrong_FailsAndNamesTheLevel()
    {
        using CaseFile file = CaseFile.Of(example =>
        {
            example["preset"] = "Monai.DeepSupervision";
            JsonNode coarse = JsonNode.Parse("""{"shape":[1,1,1,1],"dtype":"float32","data":[0]}""")!;
            example["logits"]!.AsArray().Add(coarse);
            example["target"]!["data"] = JsonNode.Parse("[0,0,0,1]");
            example["parameters"] = JsonNode.Parse("""{"activation":"sigmoid","weights":[0,1],"smooth_nr":0,"smooth_dr":0}""");

            // p = 1/2, t = 1: 1 - 1/1.5, and its derivative by the logit -(2 * 1.5 - 1) / 1.5^2 / 4.
            example["expected"]!["data"] = JsonNode.Parse("[0.3333333]");
            example["gradient"] = JsonNode.Parse("""[{"shape":[1,1,2,2],"data":[0,0,0,0]},{"shape":[1,1,1,1],"data":[-0.25]}]""");
        });
        (int code, string output, _) = file.Run();
        Assert.Equal(CommandLine.Failed, code);
        Assert.Contains("FAILED example: gradient[1][0]: expected -0.25, got -0.2222", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("not JSON", "invalid")]
    [InlineData("{}", "not an array of cases")]
    [InlineData("""[{"id":"x","id":"y"}]""", "id")]
    public void Run_FileWithoutCases_SaysWhereAndExitsWithTwo(string text, string message)
    {
        using var file = new CaseFile(text);
        (int code, string output, string errors) = file.Run();
        Assert.Equal(CommandLine.Unusable, code);
        Assert.Contains(file.Path, errors, StringComparison.Ordinal);
        Assert.Contains(message, errors, StringComparison.Ordinal);
        Assert.Equal("", output);
    }

    [Theory]
    [InlineData("1", "case 0: id is missing.")]
    [InlineData("""{"id":"x"}""", "FAILED x: logits is missing.")]
    [InlineData("""{"id":"x","logits":[{"shape":[1],"data":[0]}],"target":{},"tolerance":{},"parameters":{},"preset":"Monai.Dice"}""", "FAILED x: logits[0]: dtype is missing.")]
    public void Run_CaseThatCannotBeRead_HasFailedAndTheOthersAreRun(string broken, string message)
    {
        using var whole = CaseFile.Of(_ => { });
        using var file = new CaseFile(File.ReadAllText(whole.Path).Replace("[{\"id\"", $"[{broken},{{\"id\"", StringComparison.Ordinal));
        (int code, string output, string errors) = file.Run();
        Assert.Equal(CommandLine.Failed, code);
        Assert.Contains(message, output, StringComparison.Ordinal);
        Assert.EndsWith("1 passed, 1 failed, 0 skipped" + Environment.NewLine, output, StringComparison.Ordinal);
        Assert.Equal("", errors);
    }

    [Theory]
    [InlineData("")]
    [InlineData("no/such/file.json")]
    [InlineData("--no-such-option")]
    public void Run_BadArguments_OneMessageAndExitsWithTwo(string arguments)
    {
        using var output = new StringWriter();
        using var errors = new StringWriter();
        Assert.Equal(CommandLine.Unusable, CommandLine.Run(arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries), output, errors));
        Assert.Single(errors.ToString().TrimEnd().Split('\n'));
        Assert.NotEqual("", errors.ToString());
        Assert.Equal("", output.ToString());
    }
}
