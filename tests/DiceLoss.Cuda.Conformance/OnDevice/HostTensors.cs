using System.Diagnostics.CodeAnalysis;
using DiceLoss.Cuda.Runtime;

namespace DiceLoss.Cuda.Conformance.OnDevice;

/// <summary>The CUDA provider for tensors in main memory, which it copies to the device: so it can be judged like any other.</summary>
/// <param name="session">The device.</param>
/// <param name="stream">Where it works.</param>
internal sealed class HostTensors(Session session, nint stream = 0) : IDiceProvider
{
    public string Name => "cuda";

    public bool Supports(Device device, ElementType logits, ElementType targets, [NotNullWhen(false)] out string? reason) =>
        session.Cuda.Supports(Device.Cuda(), logits, targets, out reason);

    public InvalidTargets Sums(in DiceProblem problem, DiceSums destination)
    {
        using ContextScope scope = session.Enter();
        using DeviceTensor logits = Copy(problem.Logits), targets = Copy(problem.Targets), weights = Copy(problem.VoxelWeights);
        return session.Cuda.Sums(Moved(problem, logits, targets, weights), destination);
    }

    public void Gradient(in DiceProblem problem, DiceCoefficients coefficients, in TensorDescriptor upstream, in TensorDescriptor destination)
    {
        using ContextScope scope = session.Enter();
        using DeviceTensor logits = Copy(problem.Logits), targets = Copy(problem.Targets), weights = Copy(problem.VoxelWeights);
        using DeviceTensor factor = Copy(upstream), madeFor = Copy(problem.MadeFor);
        bool isInPlace = destination.Address == problem.Logits.Address;
        using DeviceTensor? separate = isInPlace ? null : Copy(destination);
        DeviceTensor gradient = separate ?? logits;
        DiceProblem moved = Moved(problem, logits, targets, weights) with { MadeFor = madeFor.Descriptor };
        session.Cuda.Gradient(moved, coefficients, factor.Descriptor, gradient.Descriptor);
        gradient.CopyBack(stream);
    }

    private DeviceTensor Copy(in TensorDescriptor tensor) => new(session.Driver, tensor);

    private DiceProblem Moved(in DiceProblem problem, DeviceTensor logits, DeviceTensor targets, DeviceTensor weights) => problem with
    {
        Logits = logits.Descriptor,
        Targets = targets.Descriptor,
        VoxelWeights = weights.Descriptor,
        Stream = stream,
    };
}
