using System.Runtime.InteropServices;
using DiceLoss.Cuda.Emulator;
using DiceLoss.Cuda.Native;

namespace DiceLoss.Cuda.Tests.Emulator;

/// <summary>The emulated driver, and what it can be told beyond a driver's calls.</summary>
/// <remarks>What is set here holds for the calling thread, so that tests do not meet.</remarks>
internal static unsafe partial class EmulatedDevice
{
    private const string Library = "emulated-driver";

    private static readonly Lazy<string?> s_whyNot = new(Load);

    /// <summary>The binding, on the emulated driver.</summary>
    public static ICudaDriver Driver => Bindings.Driver;

    /// <summary>What the last failed kernel had to say.</summary>
    public static string Report => Marshal.PtrToStringUTF8(emulated_report()) ?? "";

    /// <summary>Skips the running test where there is none.</summary>
    public static void SkipUnlessThere() => Assert.SkipUnless(s_whyNot.Value is null, s_whyNot.Value ?? "");

    /// <summary>The device that is asked about, and the order in which it runs blocks and threads.</summary>
    /// <param name="multiprocessors">How many it has.</param>
    /// <param name="seed">0: in order.</param>
    public static void Configure(int multiprocessors = 4, ulong seed = 0) => emulated_configure(multiprocessors, seed);

    /// <summary>How much device memory there is from now on.</summary>
    public static void Limit(nuint bytes) => emulated_limit(bytes);

    /// <summary>The version of CUDA that the driver is for from now on.</summary>
    /// <param name="version">1000 times the major number plus 10 times the minor one.</param>
    public static void Version(int version) => emulated_version(version);

    /// <summary>A call fails.</summary>
    /// <param name="call">Its name.</param>
    /// <param name="code">What it returns.</param>
    /// <param name="skip">How often it works before that.</param>
    /// <param name="isSticky">Whether every call after it fails as well.</param>
    public static void Fail(string call, int code, int skip = 0, bool isSticky = false) => emulated_plan(call, code, skip, isSticky ? 1 : 0);

    /// <summary>How often a call was made since <see cref="Reset"/>.</summary>
    public static int Calls(string call) => emulated_calls(call);

    /// <summary>No failure is planned or left.</summary>
    public static void Reset() => emulated_reset();

    private static string? Load()
    {
        if (EmulatedLibrary.Missing is { } reason) return reason;
        string path = EmulatedLibrary.Driver.Path;
        NativeLibrary.SetDllImportResolver(typeof(EmulatedDevice).Assembly, (name, _, _) => name == Library ? NativeLibrary.Load(path) : 0);
        Environment.SetEnvironmentVariable("DICELOSS_CUDA", path);
        return NativeLibraries.TryLoad(NativeLibraries.Driver, out _, out string? tried) ? null : "Not loaded: " + tried;
    }

    [LibraryImport(Library)]
    private static partial void emulated_configure(int multiprocessors, ulong seed);

    [LibraryImport(Library)]
    private static partial void emulated_limit(nuint bytes);

    [LibraryImport(Library)]
    private static partial void emulated_version(int version);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    private static partial void emulated_plan(string call, int code, int skip, int isSticky);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int emulated_calls(string call);

    [LibraryImport(Library)]
    private static partial nint emulated_report();

    [LibraryImport(Library)]
    private static partial void emulated_reset();
}
