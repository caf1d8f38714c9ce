using System.Text.Json;
using DiceLoss.Bench.Measurement;
using DiceLoss.Bench.Scorecard;

namespace DiceLoss.Bench.Tests;

public sealed class ScorecardTests
{
    // Others read these names.
    private static readonly string[] s_keys =
    [
        "case", "threads", "forward_ms", "backward_ms", "read_floor_ms", "copy_floor_ms", "forward_over_read", "backward_over_copy", "rival", "rival_ms",
        "speedup", "extra_bytes",
    ];

    private static readonly string[] s_names =
    [
        "f32/i64 [8,5,100^3]", "f32/u8 [8,5,100^3]", "with cross-entropy f32/u8 [8,5,100^3]", "f32/i64 [8,2,100^3]", "f32/u8 [2,16,128^3]", "f32/u8 [1,105,128^3]", "bf16/u8 [8,5,100^3]",
        "f16/u8 [8,5,100^3]", "f64/i64 [2,5,100^3]", "sigmoid f32/u8 [8,1,128^3]", "channels-last f32/u8 [8,5,100^3]", "f32/i64 [2,3,16^3]",
        "spans f32/i64 [2,3,16^3]",
    ];

    [Fact]
    public void All_Cases_HaveTheirNames() => Assert.Equal(s_names, ScorecardCase.All.Select(one => one.Name));

    [Fact]
    public void Run_Quick_WritesEveryKeyOfEveryCase()
    {
        List<ScorecardRow> measured = [.. ScorecardRun.Run(quick: true).SelectMany(rows => rows)];
        string json = ResultFile<ScorecardRow>.OfToday("scorecard --json FILE", measured).ToJson();

        using JsonDocument document = JsonDocument.Parse(json);
        Assert.All(["machine", "command", "date"], key => Assert.NotEqual("", document.RootElement.GetProperty(key).GetString()));
        JsonElement[] rows = [.. document.RootElement.GetProperty("rows").EnumerateArray()];
        Assert.All(rows, row => Assert.Equal(s_keys, row.EnumerateObject().Take(s_keys.Length).Select(property => property.Name)));
        Assert.All(rows, row => Assert.True(row.GetProperty("forward_over_read").GetDouble() > 0));
        Assert.All(rows, row => Assert.True(row.GetProperty("scratch_bytes").GetInt64() > 0));
        Assert.Equal(ScorecardCase.All.Count, rows.Select(row => row.GetProperty("case").GetString()).Distinct().Count());

        // Four rivals for each of seven cases with classes, two for cross-entropy, one for the one channel, none for the other four.
        Assert.Equal((4 * 7) + 2 + 1, rows.Count(row => row.GetProperty("speedup").ValueKind == JsonValueKind.Number));
        Assert.Equal(4, rows.Count(row => row.GetProperty("rival").ValueKind == JsonValueKind.Null));
        Assert.Equal(measured.Select(row => row.ForwardMs), ResultFile<ScorecardRow>.Parse(json).Rows.Select(row => row.ForwardMs));
    }
}
