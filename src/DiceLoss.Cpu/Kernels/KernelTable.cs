using System.Numerics;
using System.Runtime.Intrinsics;
using DiceLoss.Cpu.Operators;
using DiceLoss.Cpu.Simd;

namespace DiceLoss.Cpu.Kernels;

/// <summary>
/// The one place where kernels are closed over what lies inside the voxel loop: element type, register width, activation, exponent
/// class, target, voxel term, in this order. What is new in any of them gets its line here.
/// </summary>
internal static class KernelTable
{
    public static TileKernel Find(SimdLevel level, in DiceProblem problem)
    {
        // Labels are the fast way; what they cannot say, maps can: the labels then become maps, tile by tile.
        bool areLabels = problem.TargetKind == TargetKind.Labels && !problem.HasVoxelWeights;
        bool takesMaps = !areLabels || (problem.VoxelTerm != VoxelTerm.None && !problem.ClassesCompete);
        bool takesMinimum = problem.TargetKind == TargetKind.Maps && problem.Intersection == IntersectionForm.Minimum;
        var key = new Key(level, problem.Activation, problem.Exponent, takesMaps, takesMinimum, problem.VoxelTerm);
        return problem.Logits.ElementType switch
        {
            ElementType.Float32 => WithElement<float, UnroundedElement<float>>(key),
            ElementType.Float64 => WithElement<double, UnroundedElement<double>>(key),
            ElementType.Float16 => WithElement<float, Float16Element>(key),
            ElementType.BFloat16 => WithElement<float, BFloat16Element>(key),
            _ => throw Missing(problem.Logits.ElementType),
        };
    }

    private static TileKernel WithElement<T, TElement>(in Key key)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TElement : IElement<T> => key.Level switch
        {
            // The conditions hold wherever the level can be chosen; ahead of time, they leave out the kernels of levels that cannot.
            SimdLevel.Vector512 when Vector512.IsHardwareAccelerated => WithLanes<Lanes512<T>, Vector512<T>, T, TElement>(key),
            SimdLevel.Vector256 when Vector256.IsHardwareAccelerated => WithLanes<Lanes256<T>, Vector256<T>, T, TElement>(key),
            SimdLevel.Vector128 => WithLanes<Lanes128<T>, Vector128<T>, T, TElement>(key),
            SimdLevel.Scalar => WithLanes<Lanes1<T>, T, T, TElement>(key),
            _ => throw Missing(key.Level),
        };

    private static TileKernel WithLanes<TLanes, TVector, T, TElement>(in Key key)
        where TLanes : ILanes<TVector, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TElement : IElement<T> => key.Activation switch
        {
            Activation.Softmax => WithActivation<TLanes, TVector, T, TElement, SoftmaxActivation>(key),
            Activation.TwoClassSigmoid => WithActivation<TLanes, TVector, T, TElement, TwoClassSigmoidActivation>(key),
            Activation.Sigmoid => WithActivation<TLanes, TVector, T, TElement, ChannelActivation<Sigmoid>>(key),
            Activation.None => WithActivation<TLanes, TVector, T, TElement, ChannelActivation<Identity>>(key),
            _ => throw Missing(key.Activation),
        };

    private static TileKernel WithActivation<TLanes, TVector, T, TElement, TActivation>(in Key key)
        where TLanes : ILanes<TVector, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TElement : IElement<T>
        where TActivation : IActivation => (key.TakesMaps, key.TakesMinimum, key.Exponent) switch
        {
            (true, false, _) => WithMap<TLanes, TVector, T, TElement, TActivation, MapTarget<ProductIntersection>>(key),
            (true, true, _) => WithMap<TLanes, TVector, T, TElement, TActivation, MapTarget<MinimumIntersection>>(key),
            (_, _, 1) => WithLabel<TLanes, TVector, T, TElement, TActivation, ExponentOne>(key),
            (_, _, 2) => WithLabel<TLanes, TVector, T, TElement, TActivation, ExponentTwo>(key),
            _ => WithLabel<TLanes, TVector, T, TElement, TActivation, ExponentAny>(key),
        };

    // Labels have voxel terms where classes compete.
    private static TileKernel WithLabel<TLanes, TVector, T, TElement, TActivation, TExponent>(in Key key)
        where TLanes : ILanes<TVector, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TElement : IElement<T>
        where TActivation : IActivation
        where TExponent : IExponent
    {
        if (key.Term == VoxelTerm.None) return Kernel<TLanes, TVector, T, TElement, TActivation, TExponent, LabelTarget, NoTerm>.Instance;
        return TActivation.ClassesCompete
            ? WithTerm<TLanes, TVector, T, TElement, TActivation, TExponent, LabelTarget>(key)
            : throw Missing(key.Term);
    }

    // Any exponent takes the same time where there is a map to be read. Kernels that no options ask for are not made.
    private static TileKernel WithMap<TLanes, TVector, T, TElement, TActivation, TTarget>(in Key key)
        where TLanes : ILanes<TVector, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TElement : IElement<T>
        where TActivation : IActivation
        where TTarget : ITarget
    {
        if (key.Term == VoxelTerm.None) return Kernel<TLanes, TVector, T, TElement, TActivation, ExponentAny, TTarget, NoTerm>.Instance;
        return TActivation.HasVoxelTerms
            ? WithTerm<TLanes, TVector, T, TElement, TActivation, ExponentAny, TTarget>(key)
            : throw Missing(key.Term);
    }

    private static TileKernel WithTerm<TLanes, TVector, T, TElement, TActivation, TExponent, TTarget>(in Key key)
        where TLanes : ILanes<TVector, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TElement : IElement<T>
        where TActivation : IActivation
        where TExponent : IExponent
        where TTarget : ITarget => key.Term switch
        {
            VoxelTerm.CrossEntropy => Kernel<TLanes, TVector, T, TElement, TActivation, TExponent, TTarget, CrossEntropyTerm>.Instance,
            VoxelTerm.SmoothedCrossEntropy when TActivation.ClassesCompete => Kernel<TLanes, TVector, T, TElement, TActivation, TExponent, TTarget, SmoothedCrossEntropyTerm>.Instance,
            VoxelTerm.Focal => Kernel<TLanes, TVector, T, TElement, TActivation, TExponent, TTarget, FocalTerm>.Instance,
            _ => throw Missing(key.Term),
        };

    private static ArgumentOutOfRangeException Missing(object value) => new(nameof(value), value, "No kernel is made for it.");

    private readonly record struct Key(SimdLevel Level, Activation Activation, int Exponent, bool TakesMaps, bool TakesMinimum, VoxelTerm Term);

    private static class Kernel<TLanes, TVector, T, TElement, TActivation, TExponent, TTarget, TTerm>
        where TLanes : ILanes<TVector, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TElement : IElement<T>
        where TActivation : IActivation
        where TExponent : IExponent
        where TTarget : ITarget
        where TTerm : IVoxelTerm
    {
        public static readonly TileKernel Instance = new VoxelLoops<TLanes, TVector, T, TElement, TActivation, TExponent, TTarget, TTerm>();
    }
}
