using System.Globalization;
using System.Runtime.InteropServices;
using DiceLoss.Testing;
using DiceLoss.TorchSharp;
using Xunit;
using static global::TorchSharp.torch;

namespace DiceLoss.Trust.Figures.Faults;

/// <summary>Training through TorchSharp while another thread collects garbage without a pause.</summary>
internal sealed class TorchStorm : Figure
{
    private const int ShortSteps = 5_000, AllSteps = 200_000, StepsPerTraining = 50;
    private const long MostGrowth = 32 << 20;

    public override string Name => "torch-storm";

    public override string Held => "every loss and weight to the bit, 0 handles more, less than 32 MiB of growth";

    public override string Method =>
        "200,000 steps of gradient descent (5,000 in a short run) in trainings of 50, each from the same start, while a thread collects and finalizes without a pause; growth since the first tenth";

    public override Finding Measure(Budget budget)
    {
        if (!OperatingSystem.IsLinux() || RuntimeInformation.ProcessArchitecture != Architecture.X64)
        {
            return Finding.Skipped("The tool brings libtorch for Linux on x86-64 alone.");
        }

        Finding finding = Run(ShortSteps);
        if (finding.Verdict == Verdict.Broken) return finding;
        return budget.IsSpent ? finding with { NotMeasured = [string.Create(CultureInfo.InvariantCulture, $"{AllSteps:N0} steps ({budget.Reason})")] } : Run(AllSteps);
    }

    /// <summary>For the child process.</summary>
    internal void Train(string steps)
    {
        using DiceLossModule module = global::TorchSharp.torch.nn.DiceLoss(smooth: 1e-3);
        using var generator = new Generator(1);
        using Tensor start = randn([2, 3, 8, 8], generator: generator), y = randint(0, 3, [2, 8, 8], dtype: ScalarType.Byte, generator: generator);
        float[] expected = Training(module, start, y);
        int trainings = int.Parse(steps, CultureInfo.InvariantCulture) / StepsPerTraining;
        (long Handles, long Resident) before = default;
        using var stop = new CancellationTokenSource();
        var storm = new Thread(() => Collect(stop.Token));
        storm.Start();
        try
        {
            for (int training = 0; training < trainings; training++)
            {
                if (training == trainings / 10) before = Memory();
                Assert.Equal(expected, Training(module, start, y));
            }
        }
        finally
        {
            stop.Cancel();
            storm.Join();
        }

        (long Handles, long Resident) after = Memory();
        Assert.Equal(before.Handles, after.Handles);
        Assert.InRange(after.Resident - before.Resident, long.MinValue, MostGrowth);
        Console.Out.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{trainings * StepsPerTraining:N0} steps beside {GC.CollectionCount(0):N0} collections: 0 wrong, 0 handles more, {(after.Resident - before.Resident) / 1048576.0:F1} MiB more."));
    }

    private Finding Run(int steps)
    {
        ChildOutcome outcome = ChildProcess.OutcomeAsync(GetType(), nameof(Train), [steps.ToString(CultureInfo.InvariantCulture)]).GetAwaiter().GetResult();
        return outcome.HasPassed ? Finding.Held(outcome.Output.Trim()) : Finding.Broken($"The process ended with {outcome.ExitCode}. {outcome.Output}{outcome.Errors}");
    }

    // The losses of all steps and the logits that come of them. Without a number as an operand: TorchSharp's scalars do not survive a
    // collection in the middle of a call.
    private static float[] Training(DiceLossModule module, Tensor start, Tensor y)
    {
        using var training = NewDisposeScope();
        List<float> values = [];
        Tensor weights = start.clone(), ones = ones_like(start), step = tensor([1f, -20f]);
        for (int i = 0; i < StepsPerTraining; i++)
        {
            using var scope = NewDisposeScope();
            Tensor leaf = weights.detach().requires_grad_(), loss = module.call(leaf * ones, y);
            loss.backward();
            values.AddRange(loss.detach().data<float>().ToArray());
            Tensor next = stack([leaf.detach(), leaf.grad!], -1).matmul(step).MoveToOuterDisposeScope();
            weights.Dispose();
            weights = next;
        }

        return [.. values, .. weights.data<float>().ToArray()];
    }

    private static void Collect(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            GC.Collect(0);
            GC.WaitForPendingFinalizers();
        }
    }

    private static (long Handles, long Resident) Memory()
    {
        long resident = ResidentMemory.WithoutGarbage(); // first: the finalizers let go of handles
        return (Tensor.TotalCount, resident);
    }
}
