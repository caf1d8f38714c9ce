using System.Runtime.InteropServices;
using System.Text;
using DiceLoss.Cuda.Compilation;
using DiceLoss.Testing;

namespace DiceLoss.Cuda.Tests;

/// <summary>The real compiler, where the machine has it; it needs no device.</summary>
public sealed class NvrtcCompilerTests
{
    [Fact]
    public void ArchitectureFor_Devices_IsTheLargestThatIsNotNewer()
    {
        SkipWithoutNvrtc();
        IReadOnlyList<int> known = NvrtcCompiler.Architectures;
        Assert.Equal(known.Order(), known);
        foreach (int architecture in known) Assert.Equal(architecture, Bindings.Compiler.ArchitectureFor(architecture));
        Assert.Equal(known[^1], Bindings.Compiler.ArchitectureFor(999));
        Assert.Contains("compiles for compute capability", Assert.Throws<CudaException>(() => Bindings.Compiler.ArchitectureFor(10)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Compile_UsualKernels_IsPtxWithTheFunctionAndAZero()
    {
        SkipWithoutNvrtc();
        foreach (KernelName name in Enum.GetValues<KernelName>())
        {
            byte[] image = Bindings.Compiler.Compile(KernelSources.Of(name, new DeviceProblem().ForSums()), NvrtcCompiler.Architectures[^1]);
            Assert.Equal(0, image[^1]);
            Assert.Contains($".entry {KernelSources.FunctionName(name)}(", Encoding.UTF8.GetString(image), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Compile_Mistake_ThrowsWithTheLog()
    {
        SkipWithoutNvrtc();
        KernelSource source = KernelSources.Of(KernelName.Sums, new DeviceProblem().ForSums());
        CudaException failure = Assert.Throws<CudaException>(
            () => Bindings.Compiler.Compile(source with { Text = "#include \"dice.cuh\"\nno_such_type x;" }, NvrtcCompiler.Architectures[^1]));
        Assert.Equal(("nvrtcCompileProgram", "NVRTC_ERROR_COMPILATION"), (failure.Call, failure.CodeName));
        Assert.StartsWith("sums.cu for compute_", failure.Log, StringComparison.Ordinal);
        Assert.Contains("sums.cu(2): error: ", failure.Log, StringComparison.Ordinal);
        Assert.Contains("CHANNELS=5 ", failure.Message, StringComparison.Ordinal);
    }

    // In a process of its own: in this one another library may have been found.
    [Fact]
    public async Task IsAvailable_LibraryTooOld_SaysWhatIsMissing()
    {
        string library = Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), OperatingSystem.IsWindows() ? "clrjit.dll" : "libclrjit.so");
        ChildOutcome outcome = await ChildProcess.OutcomeAsync(
            typeof(NvrtcCompilerTests), nameof(RefusesTheLibrary), [], new Dictionary<string, string> { ["DICELOSS_NVRTC"] = library });
        Assert.True(outcome.HasPassed, outcome.Errors);
    }

    internal void RefusesTheLibrary()
    {
        const string reason = "Loading NVRTC failed: the library that was found is too old, it has no nvrtcGetSupportedArchs. Install NVRTC 11.2 or newer";
        Assert.False(Bindings.Compiler.IsAvailable(out string? said));
        Assert.StartsWith(reason, said, StringComparison.Ordinal);
        Assert.StartsWith(reason, Assert.Throws<CudaException>(() => Bindings.Compiler.ArchitectureFor(90)).Message, StringComparison.Ordinal);
        Assert.StartsWith(reason, Assert.Throws<CudaException>(() => Bindings.Compiler.Version).Message, StringComparison.Ordinal);
    }

    private static void SkipWithoutNvrtc()
    {
        if (!Bindings.Compiler.IsAvailable(out string? reason)) Assert.Skip(reason);
    }
}
