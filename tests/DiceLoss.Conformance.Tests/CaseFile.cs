using System.Text.Json.Nodes;

namespace DiceLoss.Conformance.Tests;

/// <summary>A file of one case, deleted with it.</summary>
internal sealed class CaseFile : IDisposable
{
    public CaseFile(string text) => File.WriteAllText(Path, text);

    public string Path { get; } = System.IO.Path.GetTempFileName();

    /// <summary>The first worked example of MONAI, changed.</summary>
    public static CaseFile Of(Action<JsonObject> change)
    {
        var example = JsonNode.Parse(
            """
            {"id":"example","preset":"Monai.Dice",
             "parameters":{"activation":"sigmoid","include_background":true,"smooth_nr":1e-6,"smooth_dr":1e-6,"reduction":"mean"},
             "logits":[{"shape":[1,1,2,2],"dtype":"float32","data":[1,-1,-1,1]}],
             "target":{"shape":[1,1,2,2],"encoding":"binary","data":[1,0,1,1]},
             "mask":null,"expected":{"shape":[],"data":[0.307576]},"gradient":null,"tolerance":{"rtol":1e-5,"atol":1e-6}}
            """)!.AsObject();
        change(example);
        return new CaseFile(new JsonArray(example).ToJsonString());
    }

    public (int Code, string Output, string Errors) Run()
    {
        using var output = new StringWriter();
        using var errors = new StringWriter();
        int code = CommandLine.Run([Path], output, errors);
        return (code, output.ToString(), errors.ToString());
    }

    public void Dispose() => File.Delete(Path);
}
