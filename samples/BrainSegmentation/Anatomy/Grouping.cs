namespace BrainSegmentation.Anatomy;

/// <summary>Which class each label of the atlas belongs to, for a wanted number of classes.</summary>
/// <remarks>
/// 16 classes: the background and <see cref="AnatomicalClasses"/>. Any other number K: the background, the K - 2 most voluminous regions
/// (both sides together; of equally large ones the first by name), largest first, and one class for all other regions. With as many
/// classes as there are regions and background, no such class is left over, and the last region has its own.
/// </remarks>
internal sealed class Grouping
{
    /// <summary>The number of classes for which regions are grouped by name: 15 and the background.</summary>
    public const int ByName = 16;

    private readonly Dictionary<int, short> _classOfLabel;

    private Grouping(IReadOnlyList<string> names, Dictionary<int, short> classOfLabel) => (Names, _classOfLabel) = (names, classOfLabel);

    /// <summary>A name for each class; the first is the background's.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>How many classes there are, with the background.</summary>
    public int Count => Names.Count;

    /// <summary>The class of a label.</summary>
    /// <exception cref="InvalidDataException">The table of names has no such label.</exception>
    public short this[int label] => _classOfLabel.TryGetValue(label, out short found)
        ? found
        : throw new InvalidDataException($"A voxel has label {label}, which has no name in the file's table.");

    /// <summary>Groups the labels.</summary>
    /// <param name="classes">How many classes are wanted, with the background; 2 or more.</param>
    /// <param name="names">The name of each label; those of the two sides begin with "l_" and "r_".</param>
    /// <param name="voxels">The label of each voxel, for the volumes of the regions; 0 is the background.</param>
    /// <exception cref="ArgumentOutOfRangeException">There are fewer regions than that.</exception>
    public static Grouping Create(int classes, IReadOnlyDictionary<int, string> names, IEnumerable<short> voxels)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(classes, 2);
        return classes == ByName
            ? new Grouping(["background", .. AnatomicalClasses.All], ClassOfLabel(names, region => AnatomicalClasses.Of(region)))
            : ByVolume(classes, names, voxels);
    }

    /// <summary>A region's name without its side.</summary>
    public static string Region(string name) => name.StartsWith("l_", StringComparison.Ordinal) || name.StartsWith("r_", StringComparison.Ordinal) ? name[2..] : name;

    private static Grouping ByVolume(int classes, IReadOnlyDictionary<int, string> names, IEnumerable<short> voxels)
    {
        string[] largestFirst = [.. voxels
            .Where(label => label != 0)
            .CountBy(label => label)
            .GroupBy(count => names.TryGetValue(count.Key, out string? name) ? Region(name) : "", count => count.Value)
            .OrderByDescending(region => region.Sum())
            .ThenBy(region => region.Key, StringComparer.Ordinal)
            .Select(region => region.Key)];
        if (classes > largestFirst.Length + 1)
            throw new ArgumentOutOfRangeException(nameof(classes), classes, $"The atlas has {largestFirst.Length} regions, so at most {largestFirst.Length + 1} classes with the background.");

        int last = classes - 1;
        Dictionary<string, int> own = largestFirst.Take(last - 1).Index().ToDictionary(r => r.Item, r => r.Index + 1);
        string rest = classes == largestFirst.Length + 1 ? largestFirst[^1] : "all other regions";
        string[] shown = ["background", .. largestFirst.Take(last - 1).Append(rest).Select(name => name.Replace('_', ' '))];
        return new Grouping(shown, ClassOfLabel(names, region => own.GetValueOrDefault(region, last)));
    }

    private static Dictionary<int, short> ClassOfLabel(IReadOnlyDictionary<int, string> names, Func<string, int> classOfRegion)
    {
        Dictionary<int, short> map = names.ToDictionary(n => n.Key, n => (short)classOfRegion(Region(n.Value)));
        map[0] = 0;
        return map;
    }
}
