using System.Text;
using DiceLoss.Cuda.Compilation;
using DiceLoss.Cuda.Conformance.Checks;

namespace DiceLoss.Cuda.Tests;

/// <summary>Where kernels come from: disk, compiler, or the library itself.</summary>
public sealed class KernelCacheTests
{
    private static readonly KernelSpecialisation s_kernel = new DeviceProblem().ForSums();

    [Fact]
    public void Find_Compiler_CompilesOnceForAllProcesses()
    {
        using var folder = new TemporaryFolder();
        var compiler = new ScriptedCompiler();
        byte[] first = Best(new KernelCache(compiler, new DiskCache(folder.Path)), s_kernel).Bytes;
        byte[] second = Best(new KernelCache(compiler, new DiskCache(folder.Path)), s_kernel).Bytes;
        Assert.Equal(first, second);
        KernelSource compiled = Assert.Single(compiler.Compiled);
        Assert.Equal("sums.cu", compiled.FileName);
        Assert.Contains("dice.cuh", compiled.Headers.Select(header => header.Name));
        Assert.Contains("dice_sums", compiled.Text, StringComparison.Ordinal);
        Assert.Equal(s_kernel.Macros(), compiled.Macros);
    }

    [Fact]
    public void Find_AnythingElseIsDifferent_CompilesAgain()
    {
        using var folder = new TemporaryFolder();
        var compiler = new ScriptedCompiler();
        var cache = new KernelCache(compiler, new DiskCache(folder.Path));
        Best(cache, s_kernel);
        Best(cache, s_kernel with { Channels = 4 });
        Best(cache, s_kernel, 80);
        compiler.Version = "scripted 1.1";
        Best(cache, s_kernel);
        Assert.NotEmpty(cache.Find(KernelName.Gradient, s_kernel, 90));
        Assert.Equal(5, compiler.Compiled.Count);
        Assert.Equal(5, Directory.GetFiles(folder.Path).Length);
    }

    [Fact]
    public void Find_CorruptFile_CompilesAgain()
    {
        using var folder = new TemporaryFolder();
        var compiler = new ScriptedCompiler();
        byte[] image = Best(new KernelCache(compiler, new DiskCache(folder.Path)), s_kernel).Bytes;
        File.WriteAllText(Directory.GetFiles(folder.Path).Single(), "not a kernel at all, but long enough to be one with its checksum");
        Assert.Equal(image, Best(new KernelCache(compiler, new DiskCache(folder.Path)), s_kernel).Bytes);
        Best(new KernelCache(compiler, new DiskCache(folder.Path)), s_kernel);
        Assert.Equal(2, compiler.Compiled.Count);
    }

    [Fact]
    public void Find_DoesNotCompile_ThrowsAndIsTriedAgain()
    {
        using var folder = new TemporaryFolder();
        var compiler = new ScriptedCompiler { Failure = new CudaException("nvrtcCompileProgram", 6, "NVRTC_ERROR_COMPILATION", log: "sums.cu(3): error: expected a ;") };
        var cache = new KernelCache(compiler, new DiskCache(folder.Path));
        CudaException failure = Assert.Throws<CudaException>(() => Best(cache, s_kernel));
        Assert.Equal("sums.cu(3): error: expected a ;", failure.Log);
        Assert.Equal(
            "nvrtcCompileProgram failed: NVRTC_ERROR_COMPILATION (6). This is a defect of DiceLoss.Cuda, or of its kernels as they were changed: please report the log.\n"
            + "sums.cu(3): error: expected a ;", failure.Message);
        Assert.Empty(Directory.GetFiles(folder.Path));
        compiler.Failure = null;
        Best(cache, s_kernel);
    }

    [Fact]
    public void Find_CompilerKnowsTheDevice_IsMachineCodeAndOtherwisePtx()
    {
        using var folder = new TemporaryFolder();
        var cache = new KernelCache(new ScriptedCompiler { Architectures = [70, 80] }, new DiskCache(folder.Path));
        Assert.StartsWith("sums.cu sm_80 ", Encoding.UTF8.GetString(Best(cache, s_kernel, 80).Bytes), StringComparison.Ordinal);
        Assert.StartsWith("sums.cu compute_80 ", Encoding.UTF8.GetString(Best(cache, s_kernel, 86).Bytes), StringComparison.Ordinal);
        Assert.StartsWith("sums.cu compute_80 ", Encoding.UTF8.GetString(Best(cache, s_kernel, 90).Bytes), StringComparison.Ordinal);
        Assert.Equal(2, Directory.GetFiles(folder.Path).Length);
    }

    [Theory]
    [InlineData(7, "NVRTC_ERROR_BUILTIN_OPERATION_FAILURE")]
    [InlineData(5, "NVRTC_ERROR_INVALID_OPTION")]
    [InlineData(CudaException.LibraryMissing, "a call is missing")]
    public void Find_CompilerDoesNotWork_IsWhatComesAlong(int code, string codeName)
    {
        var failure = new CudaException("nvrtcCompileProgram", code, codeName);
        var cache = new KernelCache(new ScriptedCompiler { Failure = failure }, new DiskCache(null));
        Assert.Equal(Best(Without(), s_kernel).Bytes, Best(cache, s_kernel).Bytes);
        Assert.Same(failure, Assert.Throws<CudaException>(() => Best(cache, s_kernel, 61))); // too old for what comes along
    }

    [Fact]
    public void Find_CompilerFailsThisOnce_ThrowsAndIsTriedAgain()
    {
        var compiler = new ScriptedCompiler { Failure = new CudaException("nvrtcCompileProgram", 1, "NVRTC_ERROR_OUT_OF_MEMORY") };
        var cache = new KernelCache(compiler, new DiskCache(null));
        Assert.Same(compiler.Failure, Assert.Throws<CudaException>(() => Best(cache, s_kernel)));
        compiler.Failure = null;
        Assert.StartsWith("sums.cu", Encoding.UTF8.GetString(Best(cache, s_kernel).Bytes), StringComparison.Ordinal);
    }

    [Fact]
    public void Find_CompilerNoLongerKnowsTheDevice_IsWhatComesAlong()
    {
        var cache = new KernelCache(new ScriptedCompiler { Architectures = [75, 90] }, new DiskCache(null));
        Assert.Equal(Best(Without(), s_kernel, 70).Bytes, Best(cache, s_kernel, 70).Bytes);
        Assert.Contains("Install an older NVRTC", Assert.Throws<CudaException>(() => Best(cache, s_kernel, 61)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Find_NoCompilerUsualProblem_IsThatKernel()
    {
        KernelImage image = Best(Without(), s_kernel);
        Assert.Equal(s_kernel, image.Specialisation);
        Assert.StartsWith("//", Encoding.UTF8.GetString(image.Bytes), StringComparison.Ordinal);
        Assert.Equal(0, image.Bytes[^1]);
    }

    [Fact]
    public void Find_NoCompilerOtherLayout_IsTheGeneralKernel()
    {
        KernelSpecialisation strided = new DeviceProblem { Shape = [2, 7, 63], Options = new() { Exponent = 2 } }.ForSums();
        Assert.Equal(strided.Fallback(), Best(Without(), strided).Specialisation);
    }

    // Whatever the pairwise list has.
    [Fact]
    public void Find_NoCompilerAnyProblem_IsAKernel() => Assert.All(KernelCases.All, what =>
    {
        KernelSpecialisation sums = KernelOfCase.Sums(what);
        Assert.Equal(sums.Fallback(), Without().Find(KernelName.Sums, sums, 90).Last().Specialisation);
        KernelSpecialisation gradient = sums with { Hard = HardPrediction.None };
        Assert.Equal(gradient.Fallback(), Without().Find(KernelName.Gradient, gradient, 90).Last().Specialisation);
        Assert.Single(Without().Find(KernelName.Collect, sums.ForCollect(), 90));
    });

    [Fact]
    public void Find_NoCompilerOldDevice_IsNone()
    {
        Assert.Empty(Without().Find(KernelName.Sums, s_kernel, 61));
        Assert.Equal(
            "The kernels that come with DiceLoss.Cuda are for compute capability 7.0 and newer, and there is no compiler to make others. There is none.",
            Without().None().Message);
    }

    [Fact]
    public void Precompiled_EveryKernel_IsOfTheSourcesAsTheyAre() => Assert.All(PrecompiledKernels.All, kernel => Assert.True(
        PrecompiledKernels.TryFind(KernelSources.Of(kernel.Name, kernel.Specialisation), out _),
        $"A kernel has changed since its PTX was made ({KernelSources.FunctionName(kernel.Name)}): run dotnet run eng/cuda/precompile.cs."));

    [Fact]
    public void Precompiled_OneOfEachKernel_IsWhatItsCompilerMakes()
    {
        if (!NvrtcCompiler.Instance.IsAvailable(out string? reason)) Assert.Skip(reason);
        if (NvrtcCompiler.Instance.Version != "NVRTC 11.8") Assert.Skip($"The kernels that come along are of NVRTC 11.8; this is {NvrtcCompiler.Instance.Version}.");
        Assert.All(PrecompiledKernels.All.DistinctBy(kernel => kernel.Name), kernel =>
        {
            KernelSource source = KernelSources.Of(kernel.Name, kernel.Specialisation);
            Assert.True(PrecompiledKernels.TryFind(source, out byte[]? image));
            Assert.Equal(NvrtcCompiler.Instance.Compile(source, PrecompiledKernels.Architecture), image);
        });
    }

    private static KernelCache Without() => new(new ScriptedCompiler { IsMissing = true }, new DiskCache(null));

    private static KernelImage Best(KernelCache cache, KernelSpecialisation kernel, int capability = 90) => cache.Find(KernelName.Sums, kernel, capability).First();
}
