using ScottPlot;

namespace BrainSegmentation.Report;

/// <summary>The font of the pictures comes with the sample: a server often has none.</summary>
internal static class PictureFont
{
    /// <summary>No system font has this name, so that the pictures are the same everywhere.</summary>
    private const string Name = "DejaVu Sans of the sample";

    /// <summary>Makes it the font of all plots; to be called before the first is made.</summary>
    /// <exception cref="FileNotFoundException">The font file is missing.</exception>
    public static void Use(string folder)
    {
        string file = Path.Combine(folder, "DejaVuSans.ttf");
        if (!File.Exists(file))
            throw new FileNotFoundException($"The font of the pictures is missing: {file}.");
        foreach ((bool bold, bool italic) in ((bool, bool)[])[(false, false), (true, false), (false, true), (true, true)])
            Fonts.AddFontFile(Name, file, bold, italic);
        Fonts.Default = Name;
    }
}
