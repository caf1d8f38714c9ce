using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using DiceLoss.Cpu.Simd;

namespace DiceLoss.Cpu.Kernels;

/// <summary>
/// Where the targets of a problem come from: reads and checks labels and weights by tile, maps by run, into the scratch, as the type that is
/// computed in. Kernels know neither how they are stored nor how they are laid out.
/// </summary>
internal sealed unsafe class TargetSource
{
    private readonly SpatialLayout _layout = new();
    private readonly SpatialLayout _weightLayout = new();
    private TargetKind _kind;
    private ElementType _type;
    private byte* _values;
    private long _sampleStride;
    private long _channelStride;
    private LabelReader _labels = null!;
    private LabelRule _rule;
    private NumberReader? _numbers;
    private NumberRule _numberRule;
    private byte* _weights;
    private long _weightSampleStride;
    private int _weightSize;
    private NumberReader? _weightReader;
    private bool _classesCompete;
    private int _channels;
    private int _classes;
    private int _block;
    private bool _takesMaps;
    private bool _isDouble;

    /// <summary>Bytes of a label; 0 for maps.</summary>
    public int LabelSize { get; private set; }

    private int Size => _type.Size();

    /// <summary>Takes over the targets of a problem.</summary>
    public void Prepare(TileKernel kernel, in DiceProblem problem)
    {
        _kind = problem.TargetKind;
        _type = problem.Targets.ElementType;
        _values = (byte*)problem.Targets.Address;
        _layout.Read(problem.Targets, _kind == TargetKind.Maps ? 2 : 1);
        _sampleStride = problem.Targets.Stride(0) * Size;
        _channelStride = _kind == TargetKind.Maps ? problem.Targets.Stride(1) * Size : 0;
        LabelSize = _kind == TargetKind.Labels ? Size : 0;
        bool areNumbers = _type.IsFloatingPoint();
        _numbers = areNumbers ? NumberReader.For(_type, kernel.ComputeSize) : null;
        _labels = LabelReader.For(areNumbers ? ElementType.UInt8 : _type, kernel.ComputeSize);
        _rule = _kind == TargetKind.Labels
            ? new LabelRule(problem.FirstLabel, problem.LabelLimit, problem.IgnoreLabel)
            : new LabelRule(0, 2, problem.IgnoreLabel);
        _numberRule = new NumberRule(1, problem.IgnoreLabel);

        _weights = (byte*)problem.VoxelWeights.Address;
        _weightReader = null;
        if (problem.HasVoxelWeights)
        {
            _weightSize = problem.VoxelWeights.ElementType.Size();
            _weightReader = NumberReader.For(problem.VoxelWeights.ElementType, kernel.ComputeSize);
            _weightLayout.Read(problem.VoxelWeights, 1);
            _weightSampleStride = problem.VoxelWeights.Shape[0] == 1 ? 0 : problem.VoxelWeights.Stride(0) * _weightSize;
        }

        _classesCompete = problem.ClassesCompete;
        (_channels, _classes, _block) = (problem.Channels, problem.Classes, kernel.Block);
        _takesMaps = kernel.TakesMaps;
        _isDouble = kernel.ComputeSize == sizeof(double);
    }

    /// <summary>Where the labels of a voxel lie, to be asked for ahead of time; of maps nothing is.</summary>
    public byte* Labels(long sample, long voxel) => _values + (sample * _sampleStride) + (voxel * LabelSize);

    /// <summary>Reads labels and weights of a tile; for maps, which have no labels, every voxel with a weight counts for now.</summary>
    /// <param name="sample">The sample.</param>
    /// <param name="voxel">The first voxel.</param>
    /// <param name="count">How many.</param>
    /// <param name="scratch">Where labels and weights go.</param>
    /// <param name="invalid">What was found among them.</param>
    /// <returns>How many voxels count.</returns>
    public int ReadTile(long sample, long voxel, int count, Scratch scratch, out InvalidTargets invalid)
    {
        int counted = count;
        invalid = default;
        if (_kind == TargetKind.Labels)
        {
            byte* source = Gather(_values + (sample * _sampleStride), _layout, voxel, count, LabelSize, scratch);
            counted = _labels.Read(_rule, source, count, scratch.Labels, out int invalidCount, out int first);
            if (invalidCount > 0) invalid = new InvalidTargets(TargetPart.Values, invalidCount, sample, 0, voxel + first, _labels.Value(source, first));
        }
        else
        {
            Fill(scratch.Labels, LabelCode.NoClass, 0, count);
        }

        Fill(scratch.Labels, LabelCode.NotCounted, count, (count + _block - 1) / _block * _block);
        if (!_takesMaps) return counted;
        if (_weightReader is null)
        {
            Fill(scratch.Weights, 1, 0, count);
            return counted;
        }

        byte* weights = Gather(_weights + (sample * _weightSampleStride), _weightLayout, voxel, count, _weightSize, scratch);
        _weightReader.Read(new NumberRule(_isDouble ? double.MaxValue : float.MaxValue, double.NaN), weights, count, scratch.Weights, out int badWeights, out int firstBad);
        if (badWeights > 0)
        {
            invalid = invalid.Join(new InvalidTargets(TargetPart.VoxelWeights, badWeights, sample, 0, voxel + firstBad, _weightReader.Bits(weights, firstBad)));
        }

        return _isDouble
            ? LeaveOutUnweighted((double*)scratch.Weights, (double*)scratch.Labels, count)
            : LeaveOutUnweighted((float*)scratch.Weights, (float*)scratch.Labels, count);
    }

    /// <summary>Makes the rows of targets of a run, for kernels that take maps.</summary>
    /// <param name="sample">The sample.</param>
    /// <param name="voxel">The first voxel.</param>
    /// <param name="firstLabel">Its position in the tile.</param>
    /// <param name="count">How many voxels.</param>
    /// <param name="scratch">Where they go; where classes compete, voxels without a target of every class stop counting.</param>
    /// <param name="invalid">What was found; joined to what is there.</param>
    /// <returns>Whether every target counts.</returns>
    public bool ReadRun(long sample, long voxel, int firstLabel, int count, Scratch scratch, ref InvalidTargets invalid)
    {
        if (_kind == TargetKind.Labels)
        {
            if (_isDouble) Spread((double*)scratch.Labels + firstLabel, (double*)scratch.Targets, scratch.TargetStride, count);
            else Spread((float*)scratch.Labels + firstLabel, (float*)scratch.Targets, scratch.TargetStride, count);
            return true;
        }

        bool allCount = true;
        int elementSize = _isDouble ? sizeof(double) : sizeof(float);
        nint stride = (nint)scratch.TargetStride * elementSize;

        // The one map of two classes is that of the second.
        byte* row = (byte*)scratch.Targets + ((_classes - _channels) * stride);
        for (int c = 0; c < _channels; c++, row += stride)
        {
            byte* map = _values + (sample * _sampleStride) + (c * _channelStride);
            byte* source = Gather(map, _layout, voxel, count, Size, scratch);
            int bad, first;
            int counted = _numbers is null
                ? _labels.Read(_rule, source, count, row, out bad, out first)
                : _numbers.Read(_numberRule, source, count, row, out bad, out first);
            if (bad > 0)
            {
                long value = _numbers is null ? _labels.Value(source, first) : _numbers.Bits(source, first);
                invalid = invalid.Join(new InvalidTargets(TargetPart.Values, bad, sample, c, voxel + first, value));
            }

            Fill(row, 0, count, (count + _block - 1) / _block * _block);
            if (counted == count) continue;
            allCount = false;
            if (!_classesCompete) continue;
            if (_isDouble) LeaveOutVoxels((double*)row, (double*)scratch.Labels + firstLabel, count);
            else LeaveOutVoxels((float*)row, (float*)scratch.Labels + firstLabel, count);
        }

        if (_classes == _channels) return allCount;
        if (_isDouble) Complement((double*)scratch.Targets, scratch.TargetStride, count);
        else Complement((float*)scratch.Targets, scratch.TargetStride, count);
        return allCount;
    }

    private static byte* Gather(byte* tensor, SpatialLayout layout, long voxel, int count, int size, Scratch scratch)
    {
        if (layout.IsContiguous) return tensor + (voxel * size);
        StridedCopy.Gather(tensor, layout, 0, 1, voxel, count, size, scratch.Raw, 0);
        return scratch.Raw;
    }

    // Voxels with weight 0 do not count; nor do those of which the weight is no weight.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int LeaveOutUnweighted<T>(T* weights, T* labels, int count)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        T notCounted = T.CreateSaturating(LabelCode.NotCounted);
        int counted = 0, i = 0;
        for (; i + Vector256<T>.Count <= count; i += Vector256<T>.Count)
        {
            Vector256<T> hasWeight = Vector256.GreaterThan(Vector256.Load(weights + i), Vector256<T>.Zero);
            Vector256<T> label = Vector256.ConditionalSelect(hasWeight, Vector256.Load(labels + i), Vector256.Create(notCounted));
            label.Store(labels + i);
            counted += BitOperations.PopCount(Vector256.GreaterThan(label, Vector256.Create(notCounted)).ExtractMostSignificantBits());
        }

        for (; i < count; i++)
        {
            if (!(weights[i] > T.Zero)) labels[i] = notCounted;
            if (labels[i] > notCounted) counted++;
        }

        return counted;
    }

    // Where classes compete, what does not count for one counts for none.
    private static void LeaveOutVoxels<T>(T* row, T* labels, int count)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        T notCounted = T.CreateSaturating(LabelCode.NotCounted);
        for (int i = 0; i < count; i++)
        {
            if (row[i] == notCounted) labels[i] = notCounted;
        }
    }

    // 1 in the row of a voxel's class.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Spread<T>(T* labels, T* rows, int stride, int count)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        T k = T.Zero;
        int padded = (count + _block - 1) / _block * _block;
        for (int row = 0; row < _classes; row++, rows += stride, k += T.One)
        {
            Vector256<T> index = Vector256.Create(k);
            for (int i = 0; i < padded; i += Vector256<T>.Count)
            {
                (Vector256.Equals(Vector256.Load(labels + i), index) & Vector256<T>.One).Store(rows + i);
            }
        }
    }

    // The first of two rows, from the second.
    private void Complement<T>(T* rows, int stride, int count)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int padded = (count + _block - 1) / _block * _block;
        for (int i = 0; i < padded; i++)
        {
            T target = rows[stride + i];
            rows[i] = target < T.Zero ? target : T.One - target;
        }
    }

    private void Fill(void* lanes, int value, int from, int to)
    {
        if (_isDouble) new Span<double>((double*)lanes + from, to - from).Fill(value);
        else new Span<float>((float*)lanes + from, to - from).Fill(value);
    }
}
