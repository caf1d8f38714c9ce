using System.Reflection;
using System.Runtime.InteropServices;
using System.Text;
using DiceLoss.Cpu.Simd;
using DiceLoss.Testing;

namespace DiceLoss.Cpu.Tests;

/// <summary>
/// The compiler stops inlining where a method grows too large, without a word; what then is called instead, register by register, takes several times as
/// long. So its listings of all kernels are searched for calls of what should have become a part of them.
/// </summary>
public sealed class InliningTests
{
    private const string Header = "; Assembly listing for method ";
    private const string Kernels = "*VoxelLoops*:* *Activation*:* *SoftmaxTerm*:* *GradientVoxels*:*";

    private static readonly HashSet<string> s_inlined = [.. Inlined()];

    public static TheoryData<SimdLevel> Levels() => [.. CpuProvider.SupportedLevels.Where(level => level is SimdLevel.Vector512 or SimdLevel.Vector256)];

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Levels))]
    public async Task EveryKernel_OnceCompiled_CallsNothingThatIsToBeInlined(SimdLevel level)
    {
        Assert.SkipUnless(RuntimeInformation.ProcessArchitecture == Architecture.X64, "Listings of other processors are not read.");
        string listing = Path.GetTempFileName();
        try
        {
            var compiler = new Dictionary<string, string> { ["DOTNET_JitDisasm"] = Kernels, ["DOTNET_JitStdOutFile"] = listing };
            ChildOutcome outcome = await ChildProcess.OutcomeAsync(typeof(InliningTests), nameof(CompileAll), [level.ToString()], compiler);
            Assert.True(outcome.HasPassed, outcome.Message);

            int methods = 0;
            string method = "";
            var calls = new HashSet<string>();
            foreach (string line in File.ReadLines(listing))
            {
                if (line.StartsWith(Header, StringComparison.Ordinal))
                {
                    // What runs once, a constructor, is not compiled fully.
                    method = line.EndsWith("(FullOpts)", StringComparison.Ordinal) ? line[Header.Length..] : "";
                    if (method.Length > 0) methods++;
                }
                else if (method.Length > 0 && Called(line) is { } called && s_inlined.Contains(called))
                {
                    calls.Add($"{called} by {method}");
                }
            }

            Assert.True(methods > 500, $"The compiler has listed {methods} methods.");
            Assert.True(calls.Count == 0, $"{calls.Count} calls:{Environment.NewLine}{string.Join(Environment.NewLine, calls.Take(20))}");
        }
        finally
        {
            File.Delete(listing);
        }
    }

    /// <summary>For the child process.</summary>
    internal void CompileAll(string level)
    {
        var provider = new CpuProvider(new CpuOptions { SimdLevel = Enum.Parse<SimdLevel>(level), MaxThreads = 1 });
        foreach (Case what in AllKernels())
        {
            using var run = new CaseRun(what);
            run.Backward(provider, run.Forward(provider));
        }
    }

    private static IEnumerable<Case> AllKernels() =>
        from type in Cases.LogitsTypes
        from kernel in new (Activation Activation, int Channels)[]
        {
            (Activation.TwoClassSigmoid, 1), (Activation.Softmax, 2), (Activation.Softmax, 3), (Activation.Softmax, 65), (Activation.Sigmoid, 3), (Activation.None, 3),
        }
        from target in new[] { TargetKind.Labels, TargetKind.Maps }
        from exponent in target == TargetKind.Labels ? new[] { 1, 2, 3 } : [1]
        from minimum in target == TargetKind.Labels ? new[] { false } : [false, true]
        from term in Terms(kernel.Activation)
        select new Case
        {
            Shape = [1, kernel.Channels, 130],
            LogitsType = type,
            Targets = target,
            LabelsType = target == TargetKind.Labels ? ElementType.UInt8 : ElementType.Float32,
            Options = term with
            {
                Activation = kernel.Activation,
                Exponent = exponent,
                Intersection = minimum ? IntersectionForm.Minimum : IntersectionForm.Product,
                Smooth = 1,
            },
        };

    private static IEnumerable<DiceOptions> Terms(Activation activation)
    {
        yield return new DiceOptions();
        if (activation == Activation.None) yield break;
        yield return new DiceOptions { CrossEntropy = new CrossEntropy() };
        yield return new DiceOptions { Focal = new Focal { Gamma = 1.5 } };
        if (activation != Activation.Sigmoid) yield return new DiceOptions { CrossEntropy = new CrossEntropy { LabelSmoothing = 0.1 } };
    }

    // Class:method of everything that works on registers, and of what else is marked, unless there is another method of that name that is not.
    private static IEnumerable<string> Inlined() =>
        from type in typeof(CpuProvider).Assembly.GetTypes()
        from named in type.GetMembers(BindingFlags.Static | BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly).OfType<MethodBase>().GroupBy(method => method.Name)
        let flag = type.Namespace == typeof(ILanes<,>).Namespace ? MethodImplAttributes.NoInlining : MethodImplAttributes.AggressiveInlining
        where named.All(method => method.MethodImplementationFlags.HasFlag(flag) == (flag == MethodImplAttributes.AggressiveInlining))
        select $"{type.FullName}:{named.Key}";

    // Class:method of a line like "call [Space.Class`1[Argument]:Method[Argument](Parameter):Result]", without arguments.
    private static string? Called(string line)
    {
        int start = line.IndexOf("DiceLoss.Cpu.", StringComparison.Ordinal);
        if (start < 0 || !line.TrimStart().StartsWith("call ", StringComparison.Ordinal)) return null;
        var name = new StringBuilder();
        int depth = 0;
        foreach (char letter in line.AsSpan(start))
        {
            if (letter == '(') break;
            if (letter == '[') depth++;
            if (depth == 0) name.Append(letter);
            if (letter == ']') depth--;
        }

        return name.ToString();
    }
}
