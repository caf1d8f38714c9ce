using System.CommandLine;
using System.Globalization;
using DiceLoss.Cuda.Conformance.Checks;
using DiceLoss.Cuda.Conformance.OnDevice;

namespace DiceLoss.Cuda.Conformance;

/// <summary>Where kernels come from.</summary>
internal enum KernelOrigin
{
    /// <summary>From NVRTC, where the system finds it, otherwise those that DiceLoss.Cuda carries.</summary>
    Any,

    /// <summary>From NVRTC.</summary>
    Nvrtc,

    /// <summary>Those that DiceLoss.Cuda carries.</summary>
    Carried,
}

/// <summary>The command: its options, what it prints, and what becomes of a mistake.</summary>
internal static class CommandLine
{
    /// <summary>Exit code for checks that failed.</summary>
    public const int Failed = 1;

    /// <summary>Exit code for arguments that cannot be used, and for a machine without a device.</summary>
    public const int Unusable = 2;

    private static readonly Option<KernelOrigin> s_kernels = new("--kernels") { Description = "Where kernels come from" };

    private static readonly Option<bool> s_short = new("--short") { Description = "Only the short list, for compute-sanitizer" };

    private static readonly Option<string> s_match = new("--match")
    {
        Description = "Only checks whose name has this text in it",
        DefaultValueFactory = _ => "",
    };

    private static readonly Option<string> s_share = new("--share")
    {
        Description = "Only this share of the checks, as 1/8 for the first of eight; alone for those that run beside no other, which no share has",
        DefaultValueFactory = _ => "",
    };

    private static readonly Option<int> s_jobs = new("--jobs")
    {
        Description = "Checks at once",
        DefaultValueFactory = _ => Environment.ProcessorCount,
    };

    private static readonly Option<int> s_seconds = new("--seconds")
    {
        Description = "When no further check is begun",
        DefaultValueFactory = _ => 3600,
    };

    static CommandLine()
    {
        foreach (Option<int> option in (Option<int>[])[s_jobs, s_seconds])
        {
            option.Validators.Add(given =>
            {
                if (given.GetValueOrDefault<int>() < 1) given.AddError($"{option.Name} is {given.GetValueOrDefault<int>()}; it is 1 or more.");
            });
        }

        s_share.Validators.Add(given =>
        {
            string share = given.GetValueOrDefault<string>();
            if (!TryShare([], share, out _)) given.AddError($"--share is '{share}'; it is alone, or as 1/8.");
        });
    }

    /// <summary>Runs the checks.</summary>
    /// <param name="arguments">The options.</param>
    /// <param name="output">Where what has not passed is printed, and the closing line.</param>
    /// <param name="errors">Where one message is printed if it cannot be done.</param>
    /// <returns>The exit code.</returns>
    public static int Run(string[] arguments, TextWriter output, TextWriter errors)
    {
        CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
        var command = new RootCommand("Compares DiceLoss on the first CUDA device with the reference in double.") { s_kernels, s_short, s_match, s_share, s_jobs, s_seconds };
        command.SetAction(parsed => Run(parsed, output, errors));
        ParseResult parsed = command.Parse(arguments);
        if (parsed.Errors.Count > 0)
        {
            errors.WriteLine(string.Join(' ', parsed.Errors.Select(error => error.Message).Distinct()).ReplaceLineEndings(" ") + " See --help.");
            return Unusable;
        }

        return parsed.Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false, Output = output, Error = errors });
    }

    private static int Run(ParseResult parsed, TextWriter output, TextWriter errors)
    {
        KernelOrigin origin = parsed.GetValue(s_kernels);
        IKernelCompiler compiler = origin == KernelOrigin.Carried ? new NoCompiler() : NvrtcCompiler.Instance;
        bool compiles = compiler.IsAvailable(out string? reason);
        if (origin == KernelOrigin.Nvrtc && !compiles) return Refuse(reason!);
        NativeDriver driver = NativeDriver.Instance;
        if (!CudaProvider.Shared.Supports(Device.Cuda(), ElementType.Float32, ElementType.Int64, out reason)) return Refuse(reason);

        string text = parsed.GetRequiredValue(s_match);
        _ = TryShare(CheckList.All, parsed.GetRequiredValue(s_share), out IEnumerable<Check> some);
        Check[] checks =
        [
            .. some.Where(check => check.IsShort || !parsed.GetValue(s_short)).Where(check => check.Name.Contains(text, StringComparison.OrdinalIgnoreCase)),
        ];
        if (checks.Length == 0) return Refuse($"No check has '{text}' in its name.");

        output.WriteLine($"{DeviceApi.DeviceName()}; kernels {(compiles ? "by " + compiler.Version : "that DiceLoss.Cuda carries")}; {checks.Length} checks");
        var runner = new Runner(() => new Session(driver, () => new CudaProvider(driver, compiler)), output) { Limit = TimeSpan.FromSeconds(parsed.GetValue(s_seconds)) };
        return runner.Run(checks, parsed.GetValue(s_jobs)) ? 0 : Failed;

        int Refuse(string why)
        {
            errors.WriteLine(why);
            return Unusable;
        }
    }

    private static bool TryShare(IEnumerable<Check> all, string share, out IEnumerable<Check> some)
    {
        some = all;
        if (share.Length == 0) return true;
        some = all.Where(check => check.IsAlone);
        if (share == "alone") return true;
        string[] parts = share.Split('/');
        if (parts.Length != 2 || !int.TryParse(parts[0], out int which) || !int.TryParse(parts[1], out int shares) || which < 1 || which > shares) return false;
        some = all.Where(check => !check.IsAlone).Where((_, i) => i % shares == which - 1);
        return true;
    }
}
