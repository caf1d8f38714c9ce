using System.Diagnostics;
using System.Text.RegularExpressions;
using DiceLoss.Cuda.Compilation;
using DiceLoss.Cuda.Conformance;
using DiceLoss.Cuda.Conformance.Checks;
using DiceLoss.Cuda.Tests.Emulator;

namespace DiceLoss.Cuda.Tests;

/// <summary>The checks that are made for a device, on the emulated one: that they hold, and that the program which runs them tells if not.</summary>
public sealed partial class DeviceCheckTests
{
    private const int KernelStep = 5; // of the long lists; a kernel takes a fifth of a second to compile

    public static TheoryData<string> Names =>
        [.. CheckList.All.Where((check, i) => check.IsShort || check.IsAlone || i % KernelStep == 0).Select(check => check.Name).Where(name => !LeftOut().IsMatch(name))];

    [Fact]
    public void Names_AllChecks_Differ() => Assert.Equal(CheckList.All.Count, CheckList.All.DistinctBy(check => check.Name).Count());

    [Theory]
    [MemberData(nameof(Names))]
    public void Run_Check_Holds(string name)
    {
        EmulatedDevice.SkipUnlessThere();
        EmulatedDevice.Reset();
        EmulatedDevice.Configure();
        EmulatedDevice.Limit(256 << 20);
        using Session session = NewSession();
        using Runtime.ContextScope scope = session.Enter();
        CheckList.All.Single(check => check.Name == name).Run(session);
    }

    [Fact]
    public void Runner_OneOfEach_PrintsWhatHasNotPassedAndCounts()
    {
        EmulatedDevice.SkipUnlessThere();
        Check[] checks =
        [
            new("good", _ => { }),
            new("bad", _ => Assert.Fail("It\nis not.")),
            new("unknown", _ => Assert.Skip("Nobody knows.")),
            new("lonely", _ => throw new InvalidOperationException("No.")) { IsAlone = true },
        ];
        using var output = new StringWriter();
        Assert.False(new Runner(NewSession, output).Run(checks, jobs: 2));
        string[] lines = output.ToString().TrimEnd().Split(Environment.NewLine);
        Assert.Equal(["FAILED bad: It is not.", "SKIPPED unknown: Nobody knows."], lines[..2].Order());
        Assert.Equal(["FAILED lonely: No.", "1 passed, 2 failed, 1 skipped"], lines[2..]);
    }

    [Fact]
    public void Runner_TimeIsOver_CountsWhatIsLeftAndDoesNotCallItASuccess()
    {
        using var output = new StringWriter();
        Assert.False(new Runner(NewSession, output) { Limit = TimeSpan.Zero }.Run([new("late", _ => { })], jobs: 1));
        Assert.Equal(["LEFT late: the 0 seconds are over", "0 passed, 0 failed, 0 skipped, 1 left"], output.ToString().TrimEnd().Split(Environment.NewLine));
    }

    [Theory]
    [InlineData("--jobs 0", "--jobs is 0; it is 1 or more. See --help.")]
    [InlineData("--share 9/8", "--share is '9/8'; it is alone, or as 1/8. See --help.")]
    [InlineData("--share some", "--share is 'some'; it is alone, or as 1/8. See --help.")]
    [InlineData("--kernels magic", "magic")]
    [InlineData("--nothing", "--nothing")]
    public void CommandLine_BadArguments_OneMessageAndExitsWithTwo(string arguments, string message)
    {
        using var output = new StringWriter();
        using var errors = new StringWriter();
        Assert.Equal(CommandLine.Unusable, CommandLine.Run(arguments.Split(' '), output, errors));
        Assert.Contains(message, Assert.Single(errors.ToString().TrimEnd().Split(Environment.NewLine)), StringComparison.Ordinal);
        Assert.Equal("", output.ToString());
    }

    [Fact]
    public async Task CommandLine_NoDriver_OneMessageAndExitsWithTwo()
    {
        // In a process of its own: in this one there is a driver.
        var start = new ProcessStartInfo("dotnet", [typeof(CommandLine).Assembly.Location]) { RedirectStandardError = true, RedirectStandardOutput = true };
        start.Environment["DICELOSS_CUDA"] = "/no/such/driver.so";
        using Process child = Process.Start(start)!;
        Task<string> output = child.StandardOutput.ReadToEndAsync();
        string errors = await child.StandardError.ReadToEndAsync();
        Assert.Equal("", await output);
        await child.WaitForExitAsync();
        Assert.Equal(CommandLine.Unusable, child.ExitCode);
        string message = Assert.Single(errors.TrimEnd().Split(Environment.NewLine));
        Assert.StartsWith("Loading the CUDA driver failed: the system does not find /no/such/driver.so", message, StringComparison.Ordinal);
    }

    // The list of kernels is run whole elsewhere: PairwiseTests.
    [GeneratedRegex("^kernel |^channels (?!005|017|105|300)")]
    private static partial Regex LeftOut();

    private static Session NewSession() =>
        new(EmulatedDevice.Driver, () => new CudaProvider(EmulatedDevice.Driver, new EmulatedCompiler(), new DiskCache(null))) { IsEmulated = true };
}
