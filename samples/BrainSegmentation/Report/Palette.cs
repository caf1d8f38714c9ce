using ScottPlot;

namespace BrainSegmentation.Report;

/// <summary>Colours that people with colour blindness can tell apart.</summary>
internal static class Palette
{
    /// <summary>For lines: blue, orange and green of Okabe and Ito's set.</summary>
    public static Color Blue { get; } = Color.FromHex("#0072B2");

    public static Color Orange { get; } = Color.FromHex("#D55E00");

    public static Color Green { get; } = Color.FromHex("#009E73");

    /// <summary>For classes: Krzywinski's fifteen colours, with a light grey for his black, which would not show on a dark image.</summary>
    private static readonly Color[] s_classes =
    [
        .. ((string[])["#6DB6FF", "#FF6DB6", "#B66DFF", "#FFFF6D", "#24FF24", "#DB6D00", "#920000", "#B6DBFF",
            "#E0E0E0", "#006DDB", "#009292", "#FFB6DB", "#490092", "#924900", "#004949"]).Select(hex => Color.FromHex(hex)),
    ];

    /// <summary>The colour of a foreground class; with many classes, colours repeat.</summary>
    public static Color OfClass(int classIndex) => s_classes[(classIndex - 1) % s_classes.Length];
}
