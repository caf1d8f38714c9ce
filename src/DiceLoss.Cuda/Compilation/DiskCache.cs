using System.Diagnostics.CodeAnalysis;
using System.IO.Hashing;

namespace DiceLoss.Cuda.Compilation;

/// <summary>
/// Compiled kernels in a folder, one a file, named by what they were made from. Several processes may use it at once: a file is written
/// under another name first, so that it is there as a whole or not at all. It is a convenience: what cannot be read or written is compiled again.
/// </summary>
/// <param name="folder">The folder; <see langword="null"/> for no cache at all.</param>
internal sealed class DiskCache(string? folder)
{
    private const int HashBytes = 16;

    /// <summary>The environment variable that names the folder; empty to go without.</summary>
    public const string FolderVariable = "DICELOSS_CUDA_CACHE";

    /// <summary>The folder; <see langword="null"/> for none.</summary>
    public string? Folder => folder;

    /// <summary>The cache of the user, or of <see cref="FolderVariable"/>.</summary>
    public static DiskCache OfUser()
    {
        if (Environment.GetEnvironmentVariable(FolderVariable) is { } chosen) return new DiskCache(chosen.Length > 0 ? chosen : null);
        string? caches = OperatingSystem.IsWindows() ? null : Environment.GetEnvironmentVariable("XDG_CACHE_HOME");
        if (string.IsNullOrEmpty(caches) && !OperatingSystem.IsWindows())
        {
            string home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
            caches = home.Length > 0 ? Path.Combine(home, ".cache") : null;
        }

        caches ??= Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData);
        return new DiskCache(Path.IsPathRooted(caches) ? Path.Combine(caches, "DiceLoss", "cuda") : null);
    }

    /// <summary>Reads an image.</summary>
    /// <param name="key">What it is filed under.</param>
    /// <param name="image">The image, as it was written.</param>
    /// <returns>Whether it is there, undamaged.</returns>
    public bool TryRead(string key, [NotNullWhen(true)] out byte[]? image)
    {
        image = null;
        if (folder is null) return false;
        try
        {
            byte[] content = File.ReadAllBytes(PathOf(key));
            if (content.Length <= HashBytes) return false;
            byte[] body = content[HashBytes..];
            if (!content.AsSpan(0, HashBytes).SequenceEqual(XxHash128.Hash(body))) return false;
            image = body;
            return true;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>Writes an image, over a damaged one if need be.</summary>
    /// <param name="key">What it is filed under.</param>
    /// <param name="image">The image.</param>
    public void Write(string key, ReadOnlySpan<byte> image)
    {
        if (folder is null) return;
        string draft = $"{PathOf(key)}.{Guid.NewGuid():N}.draft";
        try
        {
            CreateFolder(folder);
            File.WriteAllBytes(draft, [.. XxHash128.Hash(image), .. image]);
            File.Move(draft, PathOf(key), overwrite: true);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            Discard(draft);
        }
    }

    // What is in it is run on the device: nobody else may write there.
    private static void CreateFolder(string path)
    {
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(path);
        else Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    private static void Discard(string draft)
    {
        try
        {
            File.Delete(draft);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // There was nothing to write on in the first place.
        }
    }

    private string PathOf(string key) => Path.Combine(folder!, key + ".kernel");
}
