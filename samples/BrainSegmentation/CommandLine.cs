using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using BrainSegmentation.Anatomy;

namespace BrainSegmentation;

/// <summary>The command line: names, defaults, accepted values and their messages.</summary>
internal static class CommandLine
{
    /// <summary>The regions of the atlas that have voxels, and the background.</summary>
    public const int MostClasses = 363;

    /// <summary>Exit code for a command line or data that cannot be used.</summary>
    public const int Unusable = 2;

    private static readonly OrderedDictionary<string, Criterion> s_criteria = new()
    {
        ["dice"] = Criterion.Dice,
        ["dice-ce"] = Criterion.DiceCrossEntropy,
        ["dice-focal"] = Criterion.DiceFocal,
        ["jaccard"] = Criterion.Jaccard,
        ["tversky"] = Criterion.Tversky,
        ["focal-tversky"] = Criterion.FocalTversky,
        ["generalized-dice"] = Criterion.GeneralizedDice,
    };

    private static readonly OrderedDictionary<string, LossKind> s_losses = new() { ["fused"] = LossKind.Fused, ["plain"] = LossKind.Plain };

    private static readonly OrderedDictionary<string, VolumeSize> s_sizes = new()
    {
        ["crop"] = VolumeSize.Crop,
        ["1mm"] = VolumeSize.Whole1Mm,
        ["0.5mm"] = VolumeSize.Whole05Mm,
    };

    /// <summary>Parses the arguments and runs the sample with them.</summary>
    /// <returns>The exit code: the sample's, 0 after --help, <see cref="Unusable"/> for bad arguments.</returns>
    public static int Run(string[] arguments, Func<SampleOptions, int> sample, TextWriter errors)
    {
        Option<int> steps = Number("--steps", "Optimiser steps", 300, 1, 100_000);
        Option<int> classes = Number(
            "--classes", "Classes with the background. 16 groups the regions by anatomy; K takes the K - 2 largest regions and one class for the rest",
            Grouping.ByName, 2, MostClasses);
        Option<string> criterion = Choice("--criterion", "The loss", s_criteria);
        Option<string> loss = Choice("--loss", "This library's loss, or the usual composition of tensor operations, which there is of dice", s_losses);
        Option<string> size = Choice("--size", "A part of one hemisphere at 1 mm, or the whole hemisphere at 1 mm or 0.5 mm", s_sizes);
        Option<DirectoryInfo> folder = Folder("--out", "Folder for the pictures", "output");
        Option<int> seed = Number("--seed", "Seed of the weights and of the augmentation", 1, 0, int.MaxValue);

        var command = new RootCommand("Trains a small 3D U-Net on the left half of a brain, with a Dice loss or one of its kin, and tests it on the right half.")
        {
            steps, classes, criterion, loss, size, folder, seed,
        };
        command.SetAction(parsed =>
        {
            (string criterionName, string lossName) = (parsed.GetRequiredValue(criterion), parsed.GetRequiredValue(loss));
            var options = new SampleOptions(
                parsed.GetValue(steps), parsed.GetValue(classes), s_criteria[criterionName], s_losses[lossName],
                s_sizes[parsed.GetRequiredValue(size)], parsed.GetRequiredValue(folder), parsed.GetValue(seed));
            return options is { Loss: LossKind.Plain, Criterion: not Criterion.Dice }
                ? Refuse($"--loss is \"{lossName}\" and --criterion \"{criterionName}\"; with --loss plain, --criterion is dice.")
                : sample(options);
        });

        ParseResult result = command.Parse(arguments);
        if (result.Errors.Count > 0) return Refuse(string.Join(Environment.NewLine, result.Errors.Select(e => e.Message).Distinct()));
        return result.Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false });

        int Refuse(string message)
        {
            errors.WriteLine(message);
            errors.WriteLine("See --help.");
            return Unusable;
        }
    }

    private static Option<int> Number(string name, string description, int byDefault, int least, int most) => Custom(
        name, $"{description} ({least} to {most})", byDefault, "number", (string text, out int value) =>
            int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value) && value >= least && value <= most
                ? null
                : $"{name} is \"{text}\"; it is a whole number from {least} to {most}.");

    /// <summary>The first choice is the default.</summary>
    private static Option<string> Choice<T>(string name, string description, OrderedDictionary<string, T> choices)
    {
        string words = string.Join("|", choices.Keys);
        return Custom(name, description, choices.GetAt(0).Key, words, (string text, out string value) =>
        {
            value = text;
            return choices.ContainsKey(text) ? null : $"{name} is \"{text}\"; it is one of {words}.";
        });
    }

    private static Option<DirectoryInfo> Folder(string name, string description, string byDefault) => Custom(
        name, description, new DirectoryInfo(byDefault), "folder", (string text, out DirectoryInfo folder) =>
        {
            folder = new DirectoryInfo(text.Length > 0 ? text : ".");
            return text.Length == 0 ? $"{name} is empty; it is the path of a folder."
                : File.Exists(text) ? $"{name} is \"{text}\", which is a file; it is the path of a folder."
                : null;
        });

    /// <summary>Reads a value and says what is wrong with the text, or null.</summary>
    private delegate string? Read<T>(string text, out T value);

    private static Option<T> Custom<T>(string name, string description, T byDefault, string shown, Read<T> read) => new(name)
    {
        Description = description,
        HelpName = shown,
        DefaultValueFactory = _ => byDefault,
        CustomParser = argument =>
        {
            if (read(argument.Tokens[0].Value, out T value) is { } wrong)
                argument.AddError(wrong);
            return value;
        },
    };
}
