using System.Globalization;
using System.Text.Json;

namespace DiceLoss.Bench.Measurement;

/// <summary>Rows of figures, with what they were measured on, by which command, and when.</summary>
/// <param name="Machine">Processor, threads, register width, runtime.</param>
/// <param name="Command">What to type to measure again, environment included.</param>
/// <param name="Date">The day, in UTC.</param>
/// <param name="Rows">The figures.</param>
internal sealed record ResultFile<TRow>(string Machine, string Command, string Date, IReadOnlyList<TRow> Rows)
{
    private static readonly JsonSerializerOptions s_format = new() { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    /// <summary>What was measured just now, here.</summary>
    /// <param name="command">The command's name and options, without the program.</param>
    /// <param name="rows">The figures.</param>
    public static ResultFile<TRow> OfToday(string command, IReadOnlyList<TRow> rows) => new(
        Bench.Machine.Describe(),
        ShellCommand.Of(command),
        DateTime.UtcNow.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
        rows);

    /// <summary>Reads what <see cref="ToJson"/> has written.</summary>
    public static ResultFile<TRow> Parse(string json) =>
        JsonSerializer.Deserialize<ResultFile<TRow>>(json, s_format) ?? throw new InvalidDataException("The results are null.");

    /// <summary>The whole of it as JSON, with names in snake case.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, s_format) + Environment.NewLine;
}
