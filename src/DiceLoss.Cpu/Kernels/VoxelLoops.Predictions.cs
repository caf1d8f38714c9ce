using System.Runtime.CompilerServices;
using DiceLoss.Cpu.Operators;
using DiceLoss.Cpu.Simd;

namespace DiceLoss.Cpu.Kernels;

// What a hard prediction makes of some blocks: which classes are predicted, and which of them are right. The rows are in the first-level cache
// still, and whoever does not ask for it pays one comparison a block.
internal sealed unsafe partial class VoxelLoops<TLanes, TVector, T, TElement, TActivation, TExponent, TTarget, TTerm>
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void CountPredictions(in KernelShape shape, int voxels, T* labels, T* weights, T* targets, Scratch scratch)
    {
        int line = Line, rowStride = scratch.RowVoxels;
        nint classes = shape.Classes, stride = scratch.TargetStride;
        bool takesLargest = shape.HardPrediction == HardPrediction.Argmax;
        T* rows = (T*)scratch.Rows, scales = (T*)scratch.Scales, predictions = (T*)scratch.Predictions;
        if (takesLargest) FindLargest(shape.Classes, voxels, rows, rowStride, scales, predictions);
        TVector half = TLanes.Constant(0.5f, 0.5), index = TLanes.Zero;
        T* hits = (T*)scratch.Accumulators + (SumCount * classes * line);
        for (int k = 0; k < classes; k++, rows += rowStride, targets += stride, hits += line, index = TLanes.Add(index, TLanes.One))
        {
            for (int voxel = 0; voxel < voxels; voxel += TLanes.Count)
            {
                TVector label = TLanes.Load(labels + voxel), target = TTarget.IsMap ? TLanes.Load(targets + voxel) : label;
                TVector w = TTarget.IsMap ? WeightOf(labels + voxel, weights + voxel, target) : Counted(label, TLanes.One);
                TVector predicted = takesLargest
                    ? TLanes.WhereEqual(TLanes.Load(predictions + voxel), index, w)
                    : TLanes.WhereGreater(Probability(rows + voxel, scales + voxel), half, w, TLanes.Zero);
                TVector hit = TTarget.IsMap ? TLanes.Multiply(predicted, Counted(target, target)) : TLanes.WhereEqual(label, index, predicted);
                T* sum = hits + (voxel % line);
                AddTo(sum, hit);
                AddTo(sum + (classes * line), predicted);
            }
        }
    }

    // The first of the most probable classes; none where nothing is a number. The scale of a voxel is the same for all of them: where it is no number, none
    // of them has a probability, though some of their rows may be numbers.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void FindLargest(int classes, int voxels, T* rows, int rowStride, T* scales, T* predictions)
    {
        for (int voxel = 0; voxel < voxels; voxel += TLanes.Count)
        {
            TVector largest = TLanes.Broadcast(T.NegativeInfinity), none = TLanes.Subtract(TLanes.Zero, TLanes.One), prediction = none, index = TLanes.Zero;
            T* row = rows + voxel;
            for (int k = 0; k < classes; k++, row += rowStride, index = TLanes.Add(index, TLanes.One))
            {
                TVector value = TLanes.Load(row);
                prediction = TLanes.WhereGreater(value, largest, index, prediction);
                largest = TLanes.WhereGreater(value, largest, value, largest);
            }

            if (TActivation.HasScales)
            {
                TVector scale = TLanes.Load(scales + voxel);
                prediction = TLanes.WhereEqual(scale, scale, prediction, none);
            }

            TLanes.Store(predictions + voxel, prediction);
        }
    }
}
