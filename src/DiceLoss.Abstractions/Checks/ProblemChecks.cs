using System.Runtime.CompilerServices;

namespace DiceLoss.Checks;

/// <summary>The argument checks of forward and backward: each is made once, here, before a provider sees anything.</summary>
internal static class ProblemChecks
{
    // Kernels hold labels as float32 lanes, where integers are exact up to here.
    private const int MaxChannels = 1 << 24;

    // Up to so many bytes nobody asks how much memory there is: every call would.
    private const long FewBytes = 1 << 28;

    // For a sum of every kind: itself, what a provider keeps of it, and what the algebra makes of it.
    private static readonly long s_bytesPerSum = 2L * Unsafe.SizeOf<CompensatedSum>() * Enum.GetValues<SumTerm>().Length;

    /// <summary>Checks logits, targets and options against each other.</summary>
    public static DiceProblem Problem(
        in TensorDescriptor logits, in DiceTargets targets, DiceOptions options, nint stream, CancellationToken cancellation)
    {
        Layout(logits, nameof(logits));
        Layout(targets.Values, nameof(targets));
        Logits(logits);
        SameDevice(targets.Values, nameof(targets), logits.Device);
        TargetChecks.Values(targets.Values, logits, options);
        TargetChecks.VoxelWeights(targets.VoxelWeights, logits);

        var problem = new DiceProblem(
            logits, targets, options, ActivationFor(options, (int)logits.Shape[1]), stream, cancellation);
        Sums(problem, logits);
        OptionChecks.FitClasses(options, problem.Classes);
        OptionChecks.FitsActivation(options, problem.Activation);
        TargetChecks.Annotated(targets.Annotated, problem.Samples, problem.Classes, options);
        return problem;
    }

    /// <summary>Checks that a result belongs to a problem: the same samples and classes, in the same precision.</summary>
    public static void BelongsTo(DiceResult result, in DiceProblem problem, string name)
    {
        bool samplesAgree = result.CoefficientsAreShared || result.Sums.Samples == problem.Samples;
        if (!samplesAgree || result.Sums.Classes != problem.Classes || result.LossType != problem.Logits.ElementType.LossType())
        {
            throw new ArgumentException(
                $"The result is a {result.LossType} loss of {result.Sums.Samples} samples and {result.Sums.Classes} classes; "
                + $"the logits {Describe(problem.Logits)} make {problem.Samples} samples and {problem.Classes} classes.", name);
        }

        if (result.Sums.TargetKind != problem.TargetKind)
        {
            throw new ArgumentException($"The result is that of {result.Sums.TargetKind}; the targets are {problem.TargetKind}.", name);
        }
    }

    /// <summary>Checks a factor of the gradient: a scalar, or one number for each loss.</summary>
    public static void Factor(in TensorDescriptor factor, in DiceProblem problem, DiceReduction reduction, string what, string name)
    {
        if (IsAbsent(factor)) return;
        Layout(factor, name);
        SameDevice(factor, name, problem.Logits.Device);
        if (!factor.ElementType.IsFloatingPoint()) throw new ArgumentException($"The {what} holds {factor.ElementType}; it is floating point.", name);

        ReadOnlySpan<long> ofLosses = reduction switch
        {
            DiceReduction.None => [problem.Samples],
            DiceReduction.PerClass => [problem.Samples, problem.Classes],
            _ => [],
        };
        if (factor.Rank != 0 && !factor.Shape.SequenceEqual(ofLosses))
        {
            throw new ArgumentException(
                $"The {what} has shape {Shapes.Text(factor.Shape)}; for {nameof(DiceReduction)}.{reduction} it has shape "
                + (ofLosses.IsEmpty ? "[]." : $"[] or {Shapes.Text(ofLosses)}."), name);
        }
    }

    /// <summary>Checks the buffer that the gradient is written to, which may be the logits only where the caller says so.</summary>
    public static void Gradient(in TensorDescriptor gradient, in DiceProblem problem, in TensorDescriptor upstream, bool inPlace)
    {
        Layout(gradient, nameof(gradient));
        SameDevice(gradient, nameof(gradient), problem.Logits.Device);
        if (gradient.ElementType != problem.Logits.ElementType || !gradient.Shape.SequenceEqual(problem.Logits.Shape))
        {
            throw new ArgumentException(
                $"The gradient buffer is {Describe(gradient)}; it must be like the logits, {Describe(problem.Logits)}.", nameof(gradient));
        }

        if (SharesElements(gradient))
        {
            throw new ArgumentException(
                $"The gradient buffer has strides {Shapes.Text(gradient.Strides)} for shape {Shapes.Text(gradient.Shape)}: several elements share one address.",
                nameof(gradient));
        }

        MemoryRange written = MemoryRange.Of(gradient);
        Apart(problem.Targets, "targets");
        Apart(problem.VoxelWeights, "voxel weights");
        Apart(upstream, "upstream gradient");
        Apart(problem.MadeFor, "factor that it is made for");
        if (inPlace)
        {
            if (!IsAbsent(problem.MadeFor))
            {
                throw new ArgumentException("A gradient that is made already has taken the place of the logits; pass inPlace: false, or no madeFor.", nameof(inPlace));
            }

            InPlace(gradient, problem, problem.Cancellation);
        }
        else if (written.Overlaps(MemoryRange.Of(problem.Logits)))
        {
            throw new ArgumentException(
                "The gradient buffer overlaps the logits. To overwrite the logits with their gradient, pass the same memory and inPlace: true; for spans there is BackwardInPlace.",
                nameof(gradient));
        }

        void Apart(in TensorDescriptor other, string name)
        {
            if (!IsAbsent(other) && written.Overlaps(MemoryRange.Of(other)))
            {
                throw new ArgumentException($"The gradient buffer overlaps the {name}.", nameof(gradient));
            }
        }
    }

    /// <summary>Whether none is given.</summary>
    public static bool IsAbsent(in TensorDescriptor tensor) => tensor.Address == 0 && tensor.Rank == 0;

    /// <summary>Checks what must hold of any tensor: lengths, strides and addresses that name memory that can exist.</summary>
    public static void Layout(in TensorDescriptor tensor, string name)
    {
        if (!Enum.IsDefined(tensor.ElementType))
        {
            throw new ArgumentException($"The element type {tensor.ElementType} is unknown.", name);
        }

        if (!tensor.Strides.IsEmpty && tensor.Strides.Length != tensor.Rank)
        {
            throw new ArgumentException($"There are {tensor.Strides.Length} strides for {tensor.Rank} dimensions.", name);
        }

        Int128 elements = 1;
        bool empty = false;
        foreach (long length in tensor.Shape)
        {
            if (length < 0) throw new ArgumentException($"The shape {Shapes.Text(tensor.Shape)} has a negative length.", name);
            empty |= length == 0;
            if (length > 0) elements *= length;
            if (elements * tensor.ElementType.Size() > long.MaxValue)
            {
                throw new ArgumentException($"The shape {Shapes.Text(tensor.Shape)} has more bytes than 64 bits can count.", name);
            }
        }

        if (empty) return;
        if (tensor.Address == 0) throw new ArgumentException($"The address is 0, but the shape {Shapes.Text(tensor.Shape)} has elements.", name);
        if (tensor.Device.Kind != DeviceKind.Cpu && tensor.Address % tensor.ElementType.Size() != 0)
        {
            throw new ArgumentException(
                $"The address 0x{tensor.Address:X} on {tensor.Device} is no multiple of the {tensor.ElementType.Size()} bytes of an element, as a device needs it.", name);
        }

        if (!MemoryRange.Of(tensor).FitsAddressSpace)
        {
            throw new ArgumentException(
                $"Shape {Shapes.Text(tensor.Shape)} with strides {Shapes.Text(tensor.Strides)} leaves the address space.", name);
        }
    }

    /// <summary>Checks that a tensor is where the logits are.</summary>
    public static void SameDevice(in TensorDescriptor tensor, string name, Device device)
    {
        if (tensor.Device != device)
        {
            throw new ArgumentException($"The tensor '{name}' is on {tensor.Device}, the logits are on {device}; move them to one device.", name);
        }
    }

    private static void InPlace(in TensorDescriptor gradient, in DiceProblem problem, CancellationToken cancellation)
    {
        bool same = gradient.Address == problem.Logits.Address;
        for (int d = 0; d < gradient.Rank; d++) same &= gradient.Shape[d] <= 1 || gradient.Stride(d) == problem.Logits.Stride(d);
        if (!same) throw new ArgumentException("inPlace is set, but the gradient buffer is not the memory of the logits.", nameof(gradient));
        if (cancellation.CanBeCanceled)
        {
            throw new ArgumentException(
                "A gradient in place of the logits cannot be cancelled: half of the logits would be lost.", nameof(cancellation));
        }
    }

    private static void Logits(in TensorDescriptor logits)
    {
        if (!logits.ElementType.IsFloatingPoint())
        {
            throw new ArgumentException(
                $"The logits hold {logits.ElementType}; they hold Float32, Float64, Float16 or BFloat16.", nameof(logits));
        }

        if (logits.Rank < 2)
        {
            throw new ArgumentException(
                $"The logits have shape {Shapes.Text(logits.Shape)}; they have shape [N, C, ...]: samples, channels, space.", nameof(logits));
        }

        if (logits.Shape[1] is < 1 or > MaxChannels)
        {
            throw new ArgumentException(
                $"The logits have {logits.Shape[1]} channels (shape {Shapes.Text(logits.Shape)}); they have 1 to {MaxChannels}.", nameof(logits));
        }
    }

    private static void Sums(in DiceProblem problem, in TensorDescriptor logits)
    {
        if (problem.Samples > DiceSums.Most / problem.Classes)
        {
            throw new ArgumentException(
                $"The logits have shape {Shapes.Text(logits.Shape)}: {problem.Samples} samples of {problem.Classes} classes. Samples times classes are at "
                + $"most {DiceSums.Most}.", nameof(logits));
        }

        // A batch without samples is pooled to one all the same.
        long bytes = Math.Max(problem.Samples, 1) * problem.Classes * s_bytesPerSum;
        if (bytes > FewBytes && bytes > GC.GetGCMemoryInfo().TotalAvailableMemoryBytes)
        {
            throw new InsufficientMemoryException(
                $"The sums of {problem.Samples} samples and {problem.Classes} classes may need {bytes} bytes; there are "
                + $"{GC.GetGCMemoryInfo().TotalAvailableMemoryBytes}.");
        }
    }

    private static Activation ActivationFor(DiceOptions options, int channels) => (options.Activation, channels) switch
    {
        (Activation.Auto, 1) => Activation.TwoClassSigmoid,
        (Activation.Auto, _) => Activation.Softmax,
        (Activation.Softmax, 1) => throw new ArgumentException(
            $"{nameof(Activation)}.{nameof(Activation.Softmax)} over one channel is 1 everywhere; use {nameof(Activation.TwoClassSigmoid)} or "
            + $"{nameof(Activation.Sigmoid)} for one channel.", nameof(options)),
        (Activation.TwoClassSigmoid, > 1) => throw new ArgumentException(
            $"{nameof(Activation)}.{nameof(Activation.TwoClassSigmoid)} takes one channel; the logits have {channels}.", nameof(options)),
        _ => options.Activation,
    };

    // Sorted by stride, each dimension must step over all that the smaller ones span. Strides that pass never share an address; strides
    // that a tensor library makes for a buffer (slices, permutations) pass.
    private static bool SharesElements(in TensorDescriptor tensor)
    {
        if (tensor.Strides.IsEmpty) return false;
        var dimensions = new List<(Int128 Stride, long Length)>();
        for (int d = 0; d < tensor.Rank; d++)
        {
            if (tensor.Shape[d] == 0) return false;
            if (tensor.Shape[d] > 1) dimensions.Add((Int128.Abs(tensor.Strides[d]), tensor.Shape[d]));
        }

        dimensions.Sort();
        Int128 spanned = 1;
        foreach ((Int128 stride, long length) in dimensions)
        {
            if (stride < spanned) return true;
            spanned += stride * (length - 1);
        }

        return false;
    }

    private static string Describe(in TensorDescriptor tensor) => $"{tensor.ElementType} {Shapes.Text(tensor.Shape)}";
}
