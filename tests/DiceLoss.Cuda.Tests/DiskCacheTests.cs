using DiceLoss.Cuda.Compilation;
using DiceLoss.Testing;

namespace DiceLoss.Cuda.Tests;

/// <summary>Compiled kernels on disk: what comes back is what was written, or nothing.</summary>
public sealed class DiskCacheTests
{
    private static readonly byte[] s_image = [.. Enumerable.Range(0, 5000).Select(i => (byte)(i * i))];

    // In a process of its own: its variables are those of all tests.
    [Fact]
    public async Task OfUser_Variables_NameTheFolder()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has a folder for caches, and no variables for it.");
        await ChildProcess.RunAsync(typeof(DiskCacheTests), nameof(FindsTheFolder));
    }

    internal void FindsTheFolder()
    {
        using var home = new TemporaryFolder();
        Environment.SetEnvironmentVariable("HOME", home.Path);
        Assert.Equal("/chosen", Folder("/chosen", "/caches"));
        Assert.Null(Folder("", "/caches"));
        Assert.Equal("/caches/DiceLoss/cuda", Folder(null, "/caches"));
        Assert.Null(Folder(null, "caches"));
        Assert.Equal(home.Path + "/.cache/DiceLoss/cuda", Folder(null, ""));
        Assert.Equal(home.Path + "/.cache/DiceLoss/cuda", Folder(null, null));
        Environment.SetEnvironmentVariable("HOME", "/nowhere");
        Environment.SetEnvironmentVariable("XDG_DATA_HOME", null);
        Assert.Null(Folder(null, null));

        static string? Folder(string? chosen, string? caches)
        {
            Environment.SetEnvironmentVariable("DICELOSS_CUDA_CACHE", chosen);
            Environment.SetEnvironmentVariable("XDG_CACHE_HOME", caches);
            return DiskCache.OfUser().Folder;
        }
    }

    [Fact]
    public void TryRead_AfterWrite_IsTheSame()
    {
        using var folder = new TemporaryFolder();
        var cache = new DiskCache(Path.Combine(folder.Path, "made", "on", "demand"));
        Assert.False(cache.TryRead("key", out _));
        cache.Write("key", s_image);
        Assert.True(new DiskCache(cache.Folder).TryRead("key", out byte[]? image));
        Assert.Equal(s_image, image);
        Assert.False(cache.TryRead("other", out _));
        Assert.Equal(["key.kernel"], Directory.GetFiles(cache.Folder!).Select(Path.GetFileName));
    }

    // What is in it is run on the device.
    [Fact]
    public void Write_FolderIsNew_IsTheUsersAlone()
    {
        using var folder = new TemporaryFolder();
        var cache = new DiskCache(Path.Combine(folder.Path, "made"));
        cache.Write("key", s_image);
        if (OperatingSystem.IsWindows()) Assert.Skip("Windows has no modes of files.");
        else Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(cache.Folder!));
    }

    [Fact]
    public void Write_PlaceIsTaken_LeavesNothingBehind()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(Path.Combine(folder.Path, "key.kernel"));
        var cache = new DiskCache(folder.Path);
        cache.Write("key", s_image);
        Assert.Empty(Directory.GetFiles(folder.Path));
        Assert.False(cache.TryRead("key", out _));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(15)]
    [InlineData(16)]
    [InlineData(4000)]
    public void TryRead_FileWasCutOff_IsNothing(int length)
    {
        using var folder = new TemporaryFolder();
        var cache = new DiskCache(folder.Path);
        cache.Write("key", s_image);
        string path = Directory.GetFiles(folder.Path).Single();
        File.WriteAllBytes(path, File.ReadAllBytes(path)[..length]);
        Assert.False(cache.TryRead("key", out _));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(16)]
    [InlineData(5015)]
    public void TryRead_OneBitIsWrong_IsNothingUntilItIsWrittenAgain(int position)
    {
        using var folder = new TemporaryFolder();
        var cache = new DiskCache(folder.Path);
        cache.Write("key", s_image);
        string path = Directory.GetFiles(folder.Path).Single();
        byte[] content = File.ReadAllBytes(path);
        content[position] ^= 4;
        File.WriteAllBytes(path, content);
        Assert.False(cache.TryRead("key", out _));
        cache.Write("key", s_image);
        Assert.True(cache.TryRead("key", out byte[]? image));
        Assert.Equal(s_image, image);
    }

    [Fact]
    public async Task Write_ManyAtOnce_ReadersSeeAWholeFileOrNone()
    {
        using var folder = new TemporaryFolder();
        bool done = false;
        Task[] writers = [.. Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
        {
            for (int i = 0; i < 100; i++) new DiskCache(folder.Path).Write("key", s_image);
        }))];
        Task reader = Task.Run(() =>
        {
            bool seen = false;
            while (!Volatile.Read(ref done))
            {
                bool found = new DiskCache(folder.Path).TryRead("key", out byte[]? image);
                Assert.True(found || !seen || OperatingSystem.IsWindows()); // where a file that is open is not replaced
                seen |= found;
                if (found) Assert.Equal(s_image, image);
            }
        });
        await Task.WhenAll(writers);
        Volatile.Write(ref done, true);
        await reader;
        Assert.Single(Directory.GetFiles(folder.Path));
    }

    [Fact]
    public void Write_FolderCannotBeMade_IsNoError()
    {
        using var folder = new TemporaryFolder();
        string file = Path.Combine(folder.Path, "file");
        File.WriteAllText(file, "");
        var cache = new DiskCache(Path.Combine(file, "below"));
        cache.Write("key", s_image);
        Assert.False(cache.TryRead("key", out _));
    }

    [Fact]
    public void Write_NoFolder_DoesNothing()
    {
        var cache = new DiskCache(null);
        cache.Write("key", s_image);
        Assert.False(cache.TryRead("key", out _));
    }
}
