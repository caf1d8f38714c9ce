using System.Runtime.CompilerServices;
using DiceLoss.Cpu.Operators;
using DiceLoss.Cpu.Simd;

namespace DiceLoss.Cpu.Kernels;

// What is compared with maps: a target and a weight for every voxel and class.
internal sealed unsafe partial class VoxelLoops<TLanes, TVector, T, TElement, TActivation, TExponent, TTarget, TTerm>
{
    // In place of an exponent of 0, which times an infinite logarithm would be no number. The power is 0 then, like the logarithm that it is multiplied by; with
    // the logarithm of any positive probability it is 1 still.
    private const double LeastGamma = 1e-20;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void SumsOfMaps(in KernelShape shape, int voxels, T* labels, T* weights, T* targets, Scratch scratch)
    {
        for (int lane = 0; lane < Line; lane += TLanes.Count)
        {
            for (int first = lane; first < voxels; first += LanePattern.Column * Line)
            {
                MassesOfMaps(shape, first, labels + first, weights + first, targets + first, scratch);
                if (TTerm.HasLogLoss && TActivation.ClassesCompete) TermOfMaps(shape, first, labels + first, weights + first, targets + first, scratch);
                else if (TTerm.HasLogLoss) TermOfChannels(shape, first, labels + first, weights + first, targets + first, scratch);
            }
        }
    }

    // The voxels of one register of lanes, four of each: adds w p t, w p^e, w t^e and w to the accumulators, class by class.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void MassesOfMaps(in KernelShape shape, int first, T* labels, T* weights, T* targets, Scratch scratch)
    {
        int line = Line, lane = first % line, rowStride = scratch.RowVoxels, exponent = shape.Exponent;
        nint classes = shape.Classes, stride = scratch.TargetStride;
        T* row = (T*)scratch.Rows + first, scales = (T*)scratch.Scales + first;
        T* sums = (T*)scratch.Accumulators + lane;
        for (int k = 0; k < classes; k++, row += rowStride, sums += line, targets += stride)
        {
            TVector intersection = TLanes.Zero, predictionMass = TLanes.Zero, labelMass = TLanes.Zero, voxelMass = TLanes.Zero;
            for (int v = 0; v < LanePattern.Column * line; v += line)
            {
                TVector target = TLanes.Load(targets + v);
                TVector w = WeightOf(labels + v, weights + v, target), t = Counted(target, target);
                TVector p = Counted(target, Probability(row + v, scales + v));
                intersection = TLanes.MultiplyAdd(w, TTarget.Intersection<TLanes, TVector, T>(p, t), intersection);
                predictionMass = TLanes.MultiplyAdd(w, Power(p, exponent), predictionMass);
                labelMass = TLanes.MultiplyAdd(w, Power(t, exponent), labelMass);
                voxelMass = TLanes.Add(voxelMass, w);
            }

            AddTo(sums, intersection);
            AddTo(sums + (classes * line), predictionMass);
            AddTo(sums + (2 * classes * line), labelMass);
            AddTo(sums + (3 * classes * line), voxelMass);
        }
    }

    // The same voxels, where classes compete: adds the voxel term by targets.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void TermOfMaps(in KernelShape shape, int first, T* labels, T* weights, T* targets, Scratch scratch)
    {
        int line = Line, lane = first % line, rowStride = scratch.RowVoxels;
        nint classes = shape.Classes, stride = scratch.TargetStride, set = rowStride * classes;
        T gamma = T.CreateSaturating(shape.FocalGamma);
        T* row = (T*)scratch.Rows + first, scales = (T*)scratch.Scales + first, logSums = (T*)scratch.LogSums + first;
        T* logLosses = (T*)scratch.Accumulators + (LogLossPlace * classes * line) + lane, focalLosses = (T*)scratch.Accumulators + (FocalLossPlace * classes * line) + lane;
        for (int k = 0; k < classes; k++, row += rowStride, logLosses += line, focalLosses += line, targets += stride)
        {
            TVector logLoss = TLanes.Zero, uniform = TLanes.Zero, focalLoss = TLanes.Zero;
            for (int v = 0; v < LanePattern.Column * line; v += line)
            {
                TVector target = TLanes.Load(targets + v);
                TVector w = WeightOf(labels + v, weights + v, target), weighted = TLanes.Multiply(w, target);
                TVector loss = TLanes.Add(TLanes.Load(row + set + v), TLanes.Load(logSums + v));
                logLoss = AddWeighted(logLoss, weighted, loss);
                if (TTerm.HasUniformLogLoss) uniform = AddWeighted(uniform, w, loss);
                if (!TTerm.HasFocalLoss) continue;
                TVector q = TLanes.Subtract(TLanes.One, Probability(row + v, scales + v));
                focalLoss = AddWeighted(focalLoss, weighted, TLanes.Multiply(Focus.Power<TLanes, TVector, T>(q, gamma), loss));
            }

            AddTo(logLosses, logLoss);
            if (TTerm.HasUniformLogLoss) AddTo(logLosses + (classes * line), uniform);
            if (TTerm.HasFocalLoss) AddTo(focalLosses, focalLoss);
        }
    }

    // The same voxels, where classes do not compete: adds the voxel term by targets and by what they leave of 1.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void TermOfChannels(in KernelShape shape, int first, T* labels, T* weights, T* targets, Scratch scratch)
    {
        int line = Line, lane = first % line, rowStride = scratch.RowVoxels;
        nint classes = shape.Classes, stride = scratch.TargetStride, set = rowStride * classes;
        T gamma = T.CreateSaturating(Math.Max(shape.FocalGamma, LeastGamma));
        T* row = (T*)scratch.Rows + set + first;
        T* logLosses = (T*)scratch.Accumulators + (LogLossPlace * classes * line) + lane, focalLosses = (T*)scratch.Accumulators + (FocalLossPlace * classes * line) + lane;
        for (int k = 0; k < classes; k++, row += rowStride, logLosses += line, focalLosses += line, targets += stride)
        {
            TVector logLoss = TLanes.Zero, complementLogLoss = TLanes.Zero, focalLoss = TLanes.Zero, complementFocalLoss = TLanes.Zero;
            for (int v = 0; v < LanePattern.Column * line; v += line)
            {
                TVector target = TLanes.Load(targets + v);
                TVector w = WeightOf(labels + v, weights + v, target);
                TVector weighted = TLanes.Multiply(w, target), weightedRest = TLanes.Multiply(w, TLanes.Subtract(TLanes.One, target));
                TVector loss = TLanes.Load(row + v), complementLoss = TLanes.Load(row + set + v);
                logLoss = AddWeighted(logLoss, weighted, loss);
                complementLogLoss = AddWeighted(complementLogLoss, weightedRest, complementLoss);
                if (!TTerm.HasFocalLoss) continue;
                focalLoss = AddWeighted(focalLoss, weighted, TLanes.Multiply(PowerOfExponential(complementLoss, gamma), loss));
                complementFocalLoss = AddWeighted(complementFocalLoss, weightedRest, TLanes.Multiply(PowerOfExponential(loss, gamma), complementLoss));
            }

            AddTo(logLosses, logLoss);
            AddTo(logLosses + (classes * line), complementLogLoss);
            if (!TTerm.HasFocalLoss) continue;
            AddTo(focalLosses, focalLoss);
            AddTo(focalLosses + (classes * line), complementFocalLoss);
        }
    }

    // The weight of the voxels for a class: 0 where voxel or target do not count.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector WeightOf(T* labels, T* weights, TVector target) => Counted(target, Counted(TLanes.Load(labels), TLanes.Load(weights)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Counted(TVector code, TVector value) => GradientVoxels<T>.WhereCounted<TLanes, TVector>(code, value);

    // What has no weight adds nothing, even where it is infinite or no number.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector AddWeighted(TVector sum, TVector weight, TVector value) =>
        TLanes.Add(sum, TLanes.WhereGreater(weight, TLanes.Zero, TLanes.Multiply(weight, value), TLanes.Zero));

    // (1 - p)^gamma from -log(1 - p).
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector PowerOfExponential(TVector logLoss, T gamma) =>
        Exponential.OfNegated<TLanes, TVector, T>(TLanes.Multiply(TLanes.Broadcast(gamma), logLoss));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddTo(T* sum, TVector addend) => TLanes.Store(sum, TLanes.Add(TLanes.Load(sum), addend));
}
