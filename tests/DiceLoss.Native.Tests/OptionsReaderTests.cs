using System.Text.Json;
using DiceLoss.Native.Json;

namespace DiceLoss.Native.Tests;

public sealed class OptionsReaderTests
{
    private const string Everything = """
        {
          "smooth": 0.5, "smooth_numerator": 0.25, "smooth_denominator": 0.125, "min_denominator": 1e-7, "exponent": 2,
          "ignore_label": -9223372036854775808, "ignore_channel": 3, "included_classes": [4, 1], "class_weights": [0, 0.5, 1, 1, 2],
          "class_weighting": "normalized", "class_average": "included", "class_pooling": "inverse_squared_label_mass",
          "absent_classes": "excluded", "activation": "two_class_sigmoid", "overlap": {"tversky": {"alpha": 0.3, "beta": 0.7}},
          "overlap_weight": 0.75, "form": "negative_logarithm", "gamma": 1.5, "class_gammas": [1, 2, 3, 4, 5], "min_score": 1e-3,
          "intersection": "minimum",
          "cross_entropy": {"weight": 2, "class_weights": [1, 2], "label_smoothing": 0.1, "positive_weight": 3},
          "focal": {"weight": 4, "gamma": 1, "alpha": 0.25, "class_weights": [3, 4], "included_classes": [0], "average": "voxels"},
          "hard_prediction": "threshold", "reduction": "per_class"
        }
        """;

    private static readonly DiceOptions s_everything = new()
    {
        Smooth = 0.5,
        SmoothNumerator = 0.25,
        SmoothDenominator = 0.125,
        MinDenominator = 1e-7,
        Exponent = 2,
        IgnoreLabel = long.MinValue,
        IgnoreChannel = 3,
        IncludedClasses = [1, 4],
        ClassWeights = [0, 0.5, 1, 1, 2],
        ClassWeighting = ClassWeighting.Normalized,
        ClassAverage = ClassAverage.Included,
        ClassPooling = ClassPooling.InverseSquaredLabelMass,
        AbsentClasses = AbsentClasses.Excluded,
        Activation = Activation.TwoClassSigmoid,
        Overlap = Overlap.Tversky(0.3, 0.7),
        OverlapWeight = 0.75,
        Form = LossForm.NegativeLogarithm,
        Gamma = 1.5,
        ClassGammas = [1, 2, 3, 4, 5],
        MinScore = 1e-3,
        Intersection = IntersectionForm.Minimum,
        CrossEntropy = new CrossEntropy { Weight = 2, ClassWeights = [1, 2], LabelSmoothing = 0.1, PositiveWeight = 3 },
        Focal = new Focal { Weight = 4, Gamma = 1, Alpha = 0.25, ClassWeights = [3, 4], IncludedClasses = [0], Average = FocalAverage.Voxels },
        HardPrediction = HardPrediction.Threshold,
        Reduction = DiceReduction.PerClass,
    };

    [Fact]
    public void Read_EveryOption_SetsIt() => Assert.Equal(s_everything, OptionsReader.Read(Everything));

    [Fact]
    public void Read_NothingNamed_GivesTheDefaults() => Assert.Equal(DiceOptions.Default, OptionsReader.Read("{}"));

    [Fact]
    public void Read_EmptyTerms_GivesTheirDefaults() => Assert.Equal(
        new DiceOptions { CrossEntropy = new CrossEntropy(), Focal = new Focal() }, OptionsReader.Read("""{"cross_entropy": {}, "focal": {}}"""));

    [Theory]
    [InlineData("dice")]
    [InlineData("jaccard")]
    [InlineData("matthews")]
    public void Read_OverlapByWord_IsThatOfTheName(string word)
    {
        Overlap expected = word switch { "dice" => Overlap.Dice, "jaccard" => Overlap.Jaccard, _ => Overlap.Matthews };
        Assert.Equal(expected, OptionsReader.Read($$"""{"overlap": "{{word}}"}""").Overlap);
    }

    [Theory]
    [InlineData("smooth_numerator")]
    [InlineData("smooth_denominator")]
    [InlineData("included_classes")]
    [InlineData("class_weights")]
    [InlineData("class_gammas")]
    [InlineData("cross_entropy")]
    [InlineData("focal")]
    public void Read_NullWhereItMayStand_IsTheDefault(string name) => Assert.Equal(DiceOptions.Default, OptionsReader.Read($$"""{"{{name}}": null}"""));

    [Fact]
    public void Read_NullWithinATerm_IsTheDefault()
    {
        Assert.Equal(
            new DiceOptions { CrossEntropy = new() }, OptionsReader.Read("""{"cross_entropy": {"class_weights": null, "positive_weight": null}}"""));
        Assert.Equal(
            new DiceOptions { Focal = new() }, OptionsReader.Read("""{"focal": {"alpha": null, "class_weights": null, "included_classes": null}}"""));
    }

    [Fact]
    public void Names_OfTheTables_AreThoseOfTheProperties()
    {
        Assert.Equal(Properties(typeof(DiceOptions)), OptionTables.Dice.Names.Order());
        Assert.Equal(Properties(typeof(CrossEntropy)), OptionTables.CrossEntropy.Names.Order());
        Assert.Equal(Properties(typeof(Focal)), OptionTables.Focal.Names.Order());

        static IEnumerable<string> Properties(Type type) => type.GetProperties()
            .Where(property => property.CanWrite).Select(property => JsonNamingPolicy.SnakeCaseLower.ConvertName(property.Name)).Order();
    }

    // The example sets everything, so that a property that is added must be added there.
    [Fact]
    public void Everything_InTheExample_DiffersFromTheDefaults()
    {
        AssertDiffers(s_everything, DiceOptions.Default);
        AssertDiffers(s_everything.CrossEntropy!, new CrossEntropy());
        AssertDiffers(s_everything.Focal!, new Focal());

        static void AssertDiffers<T>(T set, T defaults)
            where T : notnull => Assert.All(
                typeof(T).GetProperties().Where(property => property.CanWrite), property => Assert.NotEqual(property.GetValue(defaults), property.GetValue(set)));
    }

    [Theory]
    [InlineData("""{"smooth": null}""", "The option \"smooth\" is null; it is a number.")]
    [InlineData("""{"smooth": true}""", "The option \"smooth\" is true; it is a number.")]
    [InlineData("""{"smooth": 1e999}""", "The option \"smooth\": Smooth is Infinity; it is finite and not negative.")]
    [InlineData("""{"smooth": NaN}""", "'N' is an invalid start of a value.")]
    [InlineData("""{"ignore_label": 9223372036854775808}""", "The option \"ignore_label\" is 9223372036854775808; it is an integer of 64 bits.")]
    [InlineData("""{"ignore_channel": 2147483648}""", "The option \"ignore_channel\" is 2147483648; it is an integer of 32 bits.")]
    [InlineData("""{"class_weights": 1}""", "The option \"class_weights\" is 1; it is a list of numbers, or null.")]
    [InlineData("""{"class_weights": [1, -1]}""", "The option \"class_weights\": The weight of class 1 is -1; class weights are finite and not negative.")]
    [InlineData("""{"included_classes": [0, 0.5]}""", "The option \"included_classes[1]\" is 0.5; it is an integer of 32 bits.")]
    [InlineData("""{"activation": "Softmax"}""", "The option \"activation\" is \"Softmax\"; it is one of \"auto\", \"softmax\",")]
    [InlineData("""{"activation": 1}""", "The option \"activation\" is 1; it is one of \"auto\", \"softmax\",")]
    [InlineData("""{"cross_entropy": true}""", "The option \"cross_entropy\" is true; it is an object.")]
    [InlineData("""{"focal": {"gamma": "2"}}""", "The option \"focal.gamma\" is \"2\"; it is a number.")]
    [InlineData("""{"overlap": "tversky"}""", "The option \"overlap\" is \"tversky\"; it is \"dice\", \"jaccard\", \"matthews\" or")]
    [InlineData("""{"overlap": {"dice": {}}}""", "The option \"overlap\" is {\"dice\": {}}; it is \"dice\", \"jaccard\", \"matthews\" or")]
    [InlineData("""{"overlap": {"tversky": {"alpha": 1, "beta": -1}}}""", "The option \"overlap\": ")]
    [InlineData("""{"overlap": {"tversky": {"alfa": 1}}}""", "The option \"overlap.tversky.alfa\" is unknown; those of \"overlap.tversky\" are alpha, beta.")]
    [InlineData("""{"focal.gamma": 3}""", "The option \"focal.gamma\" is unknown; options are smooth,")]
    [InlineData("""{"focal": {"x.gamma": 3}}""", "The option \"focal.x.gamma\" is unknown; those of \"focal\" are weight,")]
    [InlineData("""{"overlap": {"x.tversky": {"alpha": 1, "beta": 2}}}""", "The option \"overlap\" is {\"x.tversky\"")]
    [InlineData("""{} {}""", "'{' is invalid after a single JSON value.")]
    [InlineData("", "The input does not contain any JSON tokens.")]
    public void Read_WhatIsNoOption_SaysWhichAndWhatIsAccepted(string json, string message)
    {
        var refused = Assert.Throws<ArgumentException>(nameof(json), () => OptionsReader.Read(json));
        Assert.StartsWith(message, refused.Message);
    }
}
