namespace DiceLoss.Cuda.Tests;

/// <summary>A folder of its own, which is removed with all that is in it.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("diceloss-cuda-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
