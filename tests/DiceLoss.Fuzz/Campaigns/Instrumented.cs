using SharpFuzz;

namespace DiceLoss.Fuzz.Campaigns;

/// <summary>A copy of this program in which the code that takes bytes from strangers tells the fuzzer which way it goes.</summary>
internal sealed class Instrumented : IDisposable
{
    // Checks, algebra and what reads targets and strides; not the voxel loops, which know no ways but their own.
    private static readonly (string Assembly, Func<string, bool> Takes)[] s_code =
    [
        ("DiceLoss.Abstractions.dll", _ => true),
        ("DiceLoss.Cpu.dll", type => type.StartsWith("DiceLoss.Cpu.CpuDice", StringComparison.Ordinal) || IsReader(type)),
        ("DiceLoss.Fuzz.dll", type => type.StartsWith("BrainSegmentation.", StringComparison.Ordinal)),
    ];

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("diceloss-fuzz-");

    public Instrumented()
    {
        foreach (string file in Directory.EnumerateFiles(AppContext.BaseDirectory)) File.Copy(file, Path.Combine(_folder.FullName, Path.GetFileName(file)));
        foreach ((string assembly, Func<string, bool> takes) in s_code)
        {
            Fuzzer.Instrument(Path.Combine(_folder.FullName, assembly), takes, Options.Value);
        }
    }

    /// <summary>The program.</summary>
    public string Program => Path.Combine(_folder.FullName, "DiceLoss.Fuzz.dll");

    public void Dispose() => _folder.Delete(recursive: true);

    private static bool IsReader(string type) =>
        type.StartsWith("DiceLoss.Cpu.Kernels.", StringComparison.Ordinal) && !type.Contains("VoxelLoops", StringComparison.Ordinal)
        && !type.Contains("LaneTotals", StringComparison.Ordinal);
}
