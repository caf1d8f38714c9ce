using System.Text.Json;

namespace DiceLoss.Conformance;

/// <summary>Reads files of cases, and cases. What cannot be read is one message that names the file, or the property.</summary>
internal static class CaseReader
{
    /// <summary>Reads a file.</summary>
    /// <param name="path">A JSON array of cases.</param>
    /// <returns>The cases as they stand there, each with its name, or its place if it has none.</returns>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read, or is a folder.</exception>
    /// <exception cref="InvalidDataException">It is not an array.</exception>
    public static IReadOnlyList<(string Name, JsonElement Case)> ReadFile(string path)
    {
        string text = File.ReadAllText(path);
        try
        {
            using JsonDocument document = JsonDocument.Parse(text, new JsonDocumentOptions { AllowDuplicateProperties = false });
            JsonElement root = document.RootElement.Clone();
            if (root.ValueKind != JsonValueKind.Array)
            {
                throw new InvalidDataException($"{path}: it holds a JSON {root.ValueKind}, not an array of cases.");
            }

            return [.. root.EnumerateArray().Select((element, index) => (Name(element) ?? $"{path}, case {index}", element))];
        }
        catch (JsonException bad)
        {
            throw new InvalidDataException($"{path}: {bad.Message}", bad);
        }
    }

    /// <summary>Reads a case.</summary>
    /// <param name="element">The case as it stands in the file.</param>
    /// <returns>The case.</returns>
    /// <exception cref="InvalidDataException">It is none.</exception>
    public static Case Read(JsonElement element)
    {
        string id = Text(Property(element, "id"), "id");
        JsonElement logits = Property(element, "logits"), target = Property(element, "target");
        JsonElement tolerance = Property(element, "tolerance"), parameters = Property(element, "parameters");
        if (logits.ValueKind != JsonValueKind.Array) throw new InvalidDataException("logits is not an array of tensors.");
        if (parameters.ValueKind != JsonValueKind.Object) throw new InvalidDataException("parameters is not an object.");
        return new Case(
            id,
            Text(Property(element, "preset"), "preset"),
            parameters.EnumerateObject().ToDictionary(parameter => parameter.Name, parameter => parameter.Value, StringComparer.Ordinal),
            [.. logits.EnumerateArray().Select((tensor, index) => ReadTensor(tensor, $"logits[{index}]", Type(tensor, $"logits[{index}]")))],
            new Target(Encoding(target), ReadTensor(target, "target")),
            Optional(element, "mask"),
            ReadTensor(Property(element, "expected"), "expected"),
            Gradient(element),
            new Tolerance(
                Number(Property(tolerance, "rtol"), "rtol"), Number(Property(tolerance, "atol"), "atol")));
    }

    // One tensor, or a list like the logits.
    private static Tensor[]? Gradient(JsonElement element) =>
        element.TryGetProperty("gradient", out JsonElement value) && value.ValueKind == JsonValueKind.Array
            ? [.. value.EnumerateArray().Select((tensor, index) => ReadTensor(tensor, $"gradient[{index}]"))]
            : Optional(element, "gradient") is { } one ? [one] : null;

    private static Tensor? Optional(JsonElement element, string name) =>
        element.TryGetProperty(name, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? ReadTensor(value, name) : null;

    private static Tensor ReadTensor(JsonElement element, string where, ElementType type = ElementType.Float64)
    {
        JsonElement shape = Property(element, "shape", where), data = Property(element, "data", where);
        if (shape.ValueKind != JsonValueKind.Array || data.ValueKind != JsonValueKind.Array)
        {
            throw new InvalidDataException($"{where}: shape and data are arrays.");
        }

        long[] lengths = [.. shape.EnumerateArray().Select(length =>
            length.ValueKind == JsonValueKind.Number && length.TryGetInt32(out int value) && value >= 0
                ? value
                : throw new InvalidDataException($"{where}: shape holds {length}; a length is a whole number of 0 or more."))];
        double[] numbers = [.. data.EnumerateArray().Select(number => Number(number, $"{where}: data"))];
        Int128 elements = lengths.Aggregate(Int128.One, (product, length) => product * length);
        return elements == numbers.Length
            ? new Tensor(lengths, type, numbers)
            : throw new InvalidDataException($"{where}: data has {numbers.Length} numbers for shape [{string.Join(", ", lengths)}].");
    }

    private static ElementType Type(JsonElement tensor, string where)
    {
        string name = Text(Property(tensor, "dtype", where), $"{where}: dtype");
        return name switch
        {
            "float16" => ElementType.Float16,
            "bfloat16" => ElementType.BFloat16,
            "float32" => ElementType.Float32,
            "float64" => ElementType.Float64,
            _ => throw new InvalidDataException($"{where}: dtype is \"{name}\"; it is one of float16, bfloat16, float32, float64."),
        };
    }

    private static string Encoding(JsonElement target)
    {
        string name = Text(Property(target, "encoding"), "encoding");
        return name is "labels" or "onehot" or "binary" or "soft"
            ? name
            : throw new InvalidDataException($"encoding is \"{name}\"; it is one of labels, onehot, binary, soft.");
    }

    private static JsonElement Property(JsonElement element, string name, string? where = null) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out JsonElement value)
            ? value
            : throw new InvalidDataException(where is null ? $"{name} is missing." : $"{where}: {name} is missing.");

    private static string? Name(JsonElement element) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty("id", out JsonElement id) && id.ValueKind == JsonValueKind.String ? id.GetString() : null;

    private static string Text(JsonElement element, string where) =>
        element.ValueKind == JsonValueKind.String ? element.GetString()! : throw new InvalidDataException($"{where} is {element}; it is a string.");

    private static double Number(JsonElement element, string where) => element.ValueKind switch
    {
        JsonValueKind.Number => element.GetDouble(),
        JsonValueKind.String when element.GetString() is "nan" => double.NaN,
        JsonValueKind.String when element.GetString() is "inf" => double.PositiveInfinity,
        JsonValueKind.String when element.GetString() is "-inf" => double.NegativeInfinity,
        _ => throw new InvalidDataException($"{where} holds {element}; it is a number, \"nan\", \"inf\" or \"-inf\"."),
    };
}
