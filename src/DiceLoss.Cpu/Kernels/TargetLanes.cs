using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using DiceLoss.Cpu.Operators;

namespace DiceLoss.Cpu.Kernels;

/// <summary>What is done with labels, weights and targets once they are lanes of the type that is computed in.</summary>
internal abstract unsafe class TargetLanes
{
    /// <summary>Bytes of a lane.</summary>
    public abstract int Size { get; }

    /// <summary>The one for the size of the type that is computed in.</summary>
    public static TargetLanes For(int computeSize) => computeSize == sizeof(float) ? OfType<float>.Instance : OfType<double>.Instance;

    /// <summary>Fills lanes with a number.</summary>
    public abstract void Fill(void* lanes, int value, int from, int to);

    /// <summary>Marks voxels whose weight is 0 or invalid as not counted.</summary>
    /// <returns>How many voxels count.</returns>
    public abstract int LeaveOutUnweighted(void* weights, void* labels, int count);

    /// <summary>Marks voxels of which a target does not count as not counted; the voxels fill whole blocks.</summary>
    public abstract void LeaveOutUntargeted(void* targets, void* labels, int count);

    /// <summary>Makes maps of labels: 1 in the row of a voxel's class, 0 in the others.</summary>
    /// <param name="labels">The labels, a multiple of a cache line of them.</param>
    /// <param name="rows">The row of class 0.</param>
    /// <param name="stride">Lanes from one row to the next.</param>
    /// <param name="classes">How many rows.</param>
    /// <param name="count">How many labels.</param>
    public abstract void Spread(void* labels, void* rows, int stride, int classes, int count);

    /// <summary>Makes the first of two rows from the second: 1 less it, if the voxel counts; the voxels fill whole blocks.</summary>
    public abstract void Complement(void* rows, int stride, int count);

    private sealed class OfType<T> : TargetLanes
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        public static readonly TargetLanes Instance = new OfType<T>();

        private static readonly T s_notCounted = T.CreateSaturating(LabelCode.NotCounted);

        public override int Size => sizeof(T);

        public override void Fill(void* lanes, int value, int from, int to) => new Span<T>((T*)lanes + from, to - from).Fill(T.CreateSaturating(value));

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public override int LeaveOutUnweighted(void* weights, void* labels, int count)
        {
            T* weight = (T*)weights, label = (T*)labels;
            Vector256<T> notCounted = Vector256.Create(s_notCounted);
            int counted = 0, i = 0;
            for (; i + Vector256<T>.Count <= count; i += Vector256<T>.Count)
            {
                Vector256<T> hasWeight = Vector256.GreaterThan(Vector256.Load(weight + i), Vector256<T>.Zero);
                Vector256<T> left = Vector256.ConditionalSelect(hasWeight, Vector256.Load(label + i), notCounted);
                left.Store(label + i);
                counted += BitOperations.PopCount(Vector256.GreaterThan(left, notCounted).ExtractMostSignificantBits());
            }

            for (; i < count; i++)
            {
                if (!(weight[i] > T.Zero)) label[i] = s_notCounted;
                if (label[i] > s_notCounted) counted++;
            }

            return counted;
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public override void LeaveOutUntargeted(void* targets, void* labels, int count)
        {
            T* target = (T*)targets, label = (T*)labels;
            Vector256<T> notCounted = Vector256.Create(s_notCounted);
            for (int i = 0; i < count; i += Vector256<T>.Count)
            {
                Vector256<T> isLeftOut = Vector256.Equals(Vector256.Load(target + i), notCounted);
                Vector256.ConditionalSelect(isLeftOut, notCounted, Vector256.Load(label + i)).Store(label + i);
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public override void Spread(void* labels, void* rows, int stride, int classes, int count)
        {
            T* label = (T*)labels, row = (T*)rows;
            T k = T.Zero;
            for (int done = 0; done < classes; done++, row += stride, k += T.One)
            {
                Vector256<T> index = Vector256.Create(k);
                for (int i = 0; i < count; i += Vector256<T>.Count)
                {
                    (Vector256.Equals(Vector256.Load(label + i), index) & Vector256<T>.One).Store(row + i);
                }
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public override void Complement(void* rows, int stride, int count)
        {
            T* first = (T*)rows, second = first + stride;
            for (int i = 0; i < count; i += Vector256<T>.Count) (Vector256<T>.One - Vector256.Load(second + i)).Store(first + i);
        }
    }
}
