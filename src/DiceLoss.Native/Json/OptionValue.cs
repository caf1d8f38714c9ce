using System.Text.Json;

namespace DiceLoss.Native.Json;

/// <summary>What JSON says of one option.</summary>
/// <param name="Path">The names that lead to it, such as <c>focal.gamma</c>; empty for all options together.</param>
/// <param name="Name">Its own name, which may have a point in it.</param>
/// <param name="Json">The value.</param>
internal readonly record struct OptionValue(string Path, string Name, JsonElement Json)
{
    private bool IsNull => Json.ValueKind == JsonValueKind.Null;

    public double Number() => Json.ValueKind == JsonValueKind.Number ? Json.GetDouble() : throw Mismatch("a number");

    public double? NumberOrNull() => IsNull ? null : Number();

    public int Integer() => Json.ValueKind == JsonValueKind.Number && Json.TryGetInt32(out int number) ? number : throw Mismatch("an integer of 32 bits");

    public long LongInteger() => Json.ValueKind == JsonValueKind.Number && Json.TryGetInt64(out long number) ? number : throw Mismatch("an integer of 64 bits");

    public T Word<T>()
        where T : struct, Enum => Json.ValueKind == JsonValueKind.String && SnakeCase.TryParse(Json.GetString()!, out T member)
            ? member
            : throw Mismatch($"one of \"{string.Join("\", \"", SnakeCase.Names<T>())}\"");

    public ClassWeights? WeightsOrNull() => IsNull ? null : ClassWeights.Create([.. Elements().Select(weight => weight.Number())]);

    public ClassSet? ClassesOrNull() => IsNull ? null : ClassSet.Create([.. Elements().Select(k => k.Integer())]);

    public T? ObjectOrNull<T>(OptionTable<T> table)
        where T : class => IsNull ? null : table.Read(this);

    /// <summary>The members of an object, as options.</summary>
    public IEnumerable<OptionValue> Members()
    {
        string prefix = Path.Length == 0 ? "" : Path + '.';
        return Json.ValueKind == JsonValueKind.Object
            ? Json.EnumerateObject().Select(member => new OptionValue(prefix + member.Name, member.Name, member.Value))
            : throw Mismatch("an object");
    }

    /// <summary>The exception for a value of the wrong kind.</summary>
    public JsonException Mismatch(string accepted) => new($"{Subject} is {Json.GetRawText()}; it is {accepted}.");

    /// <summary>The exception for a value that the options do not accept.</summary>
    public JsonException Refused(ArgumentException refused) => new($"{Subject}: {ErrorText.Sentence(refused)}", refused);

    /// <summary>The exception for a member that there is not.</summary>
    public JsonException Unknown(OptionValue member, IEnumerable<string> known) =>
        new($"The option \"{member.Path}\" is unknown; {(Path.Length == 0 ? "options" : $"those of \"{Path}\"")} are {string.Join(", ", known)}.");

    private string Subject => Path.Length == 0 ? "It" : $"The option \"{Path}\"";

    private IEnumerable<OptionValue> Elements()
    {
        string path = Path;
        return Json.ValueKind == JsonValueKind.Array
            ? Json.EnumerateArray().Select((element, i) => new OptionValue($"{path}[{i}]", $"[{i}]", element))
            : throw Mismatch("a list of numbers, or null");
    }
}
