using System.Text.Json;

namespace DiceLoss.Conformance;

/// <summary>The parameters of a case, by the names of the library they belong to; it remembers which were asked for.</summary>
internal sealed class CaseParameters(IReadOnlyDictionary<string, JsonElement> values)
{
    private readonly HashSet<string> _unread = [.. values.Keys];

    public bool Bool(string name, bool otherwise) => Read(name, otherwise, value => value.GetBoolean(), JsonValueKind.True, JsonValueKind.False);

    public double Number(string name, double otherwise) => Read(name, otherwise, value => value.GetDouble(), JsonValueKind.Number);

    public double? OptionalNumber(string name) => Read<double?>(name, null, value => value.GetDouble(), JsonValueKind.Number);

    public long? Whole(string name, long? otherwise = null) => Read(name, otherwise, value => value.GetInt64(), JsonValueKind.Number);

    public string Text(string name, string otherwise) => Read(name, otherwise, value => value.GetString()!, JsonValueKind.String);

    public ClassWeights? Weights(string name) => Read<ClassWeights?>(name, null, WeightsOf, JsonValueKind.Array);

    /// <summary>A weight for each class, or one for all of them.</summary>
    public ClassWeights? Weights(string name, int classes) => Read<ClassWeights?>(
        name, null,
        value => value.ValueKind == JsonValueKind.Array ? WeightsOf(value) : ClassWeights.Create([.. Enumerable.Repeat(value.GetDouble(), classes)]),
        JsonValueKind.Array, JsonValueKind.Number);

    public ClassSet? Classes(string name) => Read<ClassSet?>(
        name, null, value => ClassSet.Create([.. value.EnumerateArray().Select(k => k.GetInt32())]), JsonValueKind.Array);

    /// <summary>One of several words.</summary>
    public T Choice<T>(string name, string otherwise, params (string Word, T Meaning)[] choices)
    {
        string word = Text(name, otherwise);
        foreach ((string candidate, T meaning) in choices)
        {
            if (candidate == word) return meaning;
        }

        throw new UnsupportedException($"{name} \"{word}\"");
    }

    public Activation Activation(string otherwise = "none") => Choice(
        "activation", otherwise,
        ("none", DiceLoss.Activation.None), ("sigmoid", DiceLoss.Activation.Sigmoid), ("softmax", DiceLoss.Activation.Softmax));

    /// <summary>Names that change nothing here.</summary>
    public void Ignore(params string[] names) => _unread.ExceptWith(names);

    /// <summary>Whatever was never asked for is something that the preset does not know, unless it is off.</summary>
    public void AllRead()
    {
        foreach (string name in _unread)
        {
            if (values[name].ValueKind is not (JsonValueKind.Null or JsonValueKind.False)) throw new UnsupportedException($"the parameter {name}");
        }
    }

    private static ClassWeights WeightsOf(JsonElement value) => ClassWeights.Create([.. value.EnumerateArray().Select(weight => weight.GetDouble())]);

    private T Read<T>(string name, T otherwise, Func<JsonElement, T> read, params JsonValueKind[] kinds)
    {
        _unread.Remove(name);
        if (!values.TryGetValue(name, out JsonElement value) || value.ValueKind == JsonValueKind.Null) return otherwise;
        try
        {
            if (kinds.Contains(value.ValueKind)) return read(value);
        }
        catch (Exception bad) when (bad is FormatException or InvalidOperationException)
        {
        }

        throw new UnsupportedException($"{name} {value.GetRawText()}");
    }
}
