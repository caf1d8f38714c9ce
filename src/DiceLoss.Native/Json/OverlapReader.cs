using System.Text.Json;

namespace DiceLoss.Native.Json;

/// <summary>Reads an overlap: a word, or where it has numbers of its own, an object with that word as its only member.</summary>
internal static class OverlapReader
{
    private const string Accepted = "\"dice\", \"jaccard\", \"matthews\" or {\"tversky\": {\"alpha\": ..., \"beta\": ...}}";

    private static readonly OptionTable<Weights> s_weights = new(default, new()
    {
        ["alpha"] = (weights, value) => weights with { Alpha = value.Number() },
        ["beta"] = (weights, value) => weights with { Beta = value.Number() },
    });

    /// <summary>Reads an overlap.</summary>
    public static Overlap Read(OptionValue value) => value.Json.ValueKind switch
    {
        JsonValueKind.String => value.Json.GetString() switch
        {
            "dice" => Overlap.Dice,
            "jaccard" => Overlap.Jaccard,
            "matthews" => Overlap.Matthews,
            _ => throw value.Mismatch(Accepted),
        },
        JsonValueKind.Object when value.Members().ToList() is [{ Name: "tversky" } tversky] => s_weights.Read(tversky) is { Alpha: { } alpha, Beta: { } beta }
            ? Overlap.Tversky(alpha, beta)
            : throw value.Mismatch(Accepted),
        _ => throw value.Mismatch(Accepted),
    };

    private readonly record struct Weights(double? Alpha, double? Beta);
}
