using System.Globalization;
using System.Text;

namespace BrainSegmentation.Nifti;

/// <summary>The names of labels, from a header extension that holds lines of label, tab, name.</summary>
internal static class LabelNames
{
    /// <summary>Reads the table; bytes before it (the four of the extension flag) and blanks after it are skipped.</summary>
    /// <exception cref="InvalidDataException">A line is not a label and its name, a label has two names, or there is no line.</exception>
    public static IReadOnlyDictionary<int, string> Parse(ReadOnlySpan<byte> extension)
    {
        string table = Encoding.ASCII.GetString(extension).Trim('\0', ' ', '\r', '\n');
        var names = new Dictionary<int, string>();
        foreach (string line in table.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            string[] cells = line.Split('\t', 2);
            if (cells.Length != 2 || !int.TryParse(cells[0], NumberStyles.None, CultureInfo.InvariantCulture, out int label))
                throw new InvalidDataException($"The table of label names has the line \"{line}\"; a line is a label, a tab and a name.");
            if (!names.TryAdd(label, cells[1]))
                throw new InvalidDataException($"The table of label names has label {label} twice.");
        }

        return names.Count > 0 ? names : throw new InvalidDataException("The table of label names is empty.");
    }
}
