using DiceLoss.Cuda.Compilation;
using DiceLoss.Cuda.Runtime;

namespace DiceLoss.Cuda.Tests;

/// <summary>Problems on a device that nobody reads: tensors with addresses, and no memory behind them.</summary>
internal sealed class DeviceProblem
{
    public ElementType Logits { get; init; } = ElementType.Float32;

    public ElementType Targets { get; init; } = ElementType.Int64;

    public ElementType? Weights { get; init; }

    public bool Maps { get; init; }

    public long[] Shape { get; init; } = [2, 5, 8, 8];

    public long[] LogitStrides { get; init; } = [];

    public long[] TargetStrides { get; init; } = [];

    public long[] GradientStrides { get; init; } = [];

    public long[]? WeightShape { get; init; }

    public nint LogitAddress { get; init; } = 1 << 20;

    public nint TargetAddress { get; init; } = 2 << 20;

    public nint GradientAddress { get; init; } = 1 << 30;

    public DiceOptions Options { get; init; } = new();

    public nint Stream { get; init; }

    private long[] LabelShape => [Shape[0], .. Shape[2..]];

    private TensorDescriptor LogitTensor => new(LogitAddress, Device.Cuda(), Logits, Shape, LogitStrides);

    private TensorDescriptor GradientTensor => new(GradientAddress, Device.Cuda(), Logits, Shape, GradientStrides);

    private DiceTargets TargetTensors => new(new TensorDescriptor(TargetAddress, Device.Cuda(), Targets, Maps ? Shape : LabelShape, TargetStrides))
    {
        VoxelWeights = Weights is { } weights ? new TensorDescriptor(3 << 20, Device.Cuda(), weights, WeightShape ?? LabelShape) : default,
    };

    public DiceResult Forward(IDiceProvider provider, CancellationToken cancellation = default) =>
        Dice.Forward(LogitTensor, TargetTensors, Options, provider, Stream, cancellation);

    public void Backward(IDiceProvider provider, DiceResult result, CancellationToken cancellation = default) =>
        Dice.Backward(result, LogitTensor, TargetTensors, default, GradientTensor, provider: provider, stream: Stream, cancellation: cancellation);

    public KernelSpecialisation ForSums()
    {
        KernelSpecialisation kernel = default;
        Forward(new ProblemProbe((in problem) => kernel = KernelSpecialisation.ForSums(problem)));
        return kernel;
    }

    public KernelSpecialisation ForGradient()
    {
        KernelSpecialisation kernel = default;
        var probe = new ProblemProbe((in problem) => kernel = KernelSpecialisation.ForGradient(problem, GradientTensor));
        Backward(probe, Forward(probe));
        return kernel;
    }

    public KernelProblem Described()
    {
        KernelProblem described = default;
        Forward(new ProblemProbe((in problem) => described = new KernelProblem(problem, KernelSpecialisation.ForSums(problem))));
        return described;
    }

    // Of the kernel of the problem, and of the one for any number of channels.
    public (SumsPlan Sums, SumsPlan SumsOfAny, GradientPlan GradientOfAny, KernelSpecialisation Kernel) Plans(int multiprocessors)
    {
        (SumsPlan, SumsPlan, GradientPlan, KernelSpecialisation) plans = default;
        Forward(new ProblemProbe((in problem) =>
        {
            KernelSpecialisation kernel = KernelSpecialisation.ForSums(problem);
            KernelSpecialisation any = kernel.Fallback();
            plans = (new SumsPlan(problem, kernel, multiprocessors), new SumsPlan(problem, any, multiprocessors), new GradientPlan(problem, any, multiprocessors), kernel);
        }));
        return plans;
    }
}
