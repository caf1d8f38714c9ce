using DiceLoss.Cpu.Operators;

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
    private TargetLanes _lanes = null!;

    /// <summary>Bytes of a label, where they lie next to each other; 0 for others and for maps, which nobody asks for ahead of time.</summary>
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
        LabelSize = _kind == TargetKind.Labels && _layout.IsContiguous ? Size : 0;
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
        _lanes = TargetLanes.For(kernel.ComputeSize);
    }

    /// <summary>Where the labels of a voxel lie, to be asked for ahead of time if they have a <see cref="LabelSize"/>.</summary>
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
            byte* source = Gather(_values + (sample * _sampleStride), _layout, voxel, count, Size, scratch);
            counted = _labels.Read(_rule, source, count, scratch.Labels, out int invalidCount, out int first);
            if (invalidCount > 0) invalid = new InvalidTargets(TargetPart.Values, invalidCount, sample, 0, voxel + first, _labels.Value(source, first));
        }
        else
        {
            _lanes.Fill(scratch.Labels, LabelCode.NoClass, 0, count);
        }

        _lanes.Fill(scratch.Labels, LabelCode.NotCounted, count, WholeBlocks(count));
        if (!_takesMaps) return counted;
        if (_weightReader is null)
        {
            _lanes.Fill(scratch.Weights, 1, 0, count);
            return counted;
        }

        byte* weights = Gather(_weights + (sample * _weightSampleStride), _weightLayout, voxel, count, _weightSize, scratch);
        _weightReader.Read(new NumberRule(_lanes.Size == sizeof(double) ? double.MaxValue : float.MaxValue, double.NaN), weights, count, scratch.Weights, out int badWeights, out int firstBad);
        if (badWeights > 0)
        {
            long value = BitConverter.DoubleToInt64Bits(_weightReader.Number(weights, firstBad));
            invalid = invalid.Join(new InvalidTargets(TargetPart.VoxelWeights, badWeights, sample, 0, voxel + firstBad, value));
        }

        return _lanes.LeaveOutUnweighted(scratch.Weights, scratch.Labels, count);
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
        byte* labels = (byte*)scratch.Labels + ((nint)firstLabel * _lanes.Size);
        if (_kind == TargetKind.Labels)
        {
            _lanes.Spread(labels, scratch.Targets, scratch.TargetStride, _classes, WholeBlocks(count));
            return true;
        }

        // The one map of two classes is that of the second.
        bool allCount = true;
        nint stride = (nint)scratch.TargetStride * _lanes.Size;
        byte* row = (byte*)scratch.Targets + ((_classes - _channels) * stride);
        for (int c = 0; c < _channels; c++, row += stride)
        {
            byte* source = Gather(_values + (sample * _sampleStride) + (c * _channelStride), _layout, voxel, count, Size, scratch);
            int counted = ReadMap(source, row, count, new InvalidTargets(TargetPart.Values, 0, sample, c, voxel, 0), ref invalid);
            _lanes.Fill(row, 0, count, WholeBlocks(count));
            allCount &= counted == count;
            if (counted < count && _classesCompete) _lanes.LeaveOutUntargeted(row, labels, WholeBlocks(count));
        }

        if (_classes > _channels) _lanes.Complement(scratch.Targets, scratch.TargetStride, WholeBlocks(count));
        return allCount;
    }

    // Reads a row, and adds what is invalid in it to what was found: where it begins is where that begins.
    private int ReadMap(byte* source, byte* row, int count, InvalidTargets where, ref InvalidTargets invalid)
    {
        int bad, first;
        int counted = _numbers is null
            ? _labels.Read(_rule, source, count, row, out bad, out first)
            : _numbers.Read(_numberRule, source, count, row, out bad, out first);
        if (bad == 0) return counted;
        long value = _numbers is null ? _labels.Value(source, first) : BitConverter.DoubleToInt64Bits(_numbers.Number(source, first));
        invalid = invalid.Join(where with { Count = bad, Voxel = where.Voxel + first, Value = value });
        return counted;
    }

    private int WholeBlocks(int voxels) => (voxels + _block - 1) / _block * _block;

    private static byte* Gather(byte* tensor, SpatialLayout layout, long voxel, int count, int size, Scratch scratch)
    {
        if (layout.IsContiguous) return tensor + (voxel * size);
        StridedCopy.Gather(tensor, layout, 0, 1, voxel, count, size, scratch.Raw, 0);
        return scratch.Raw;
    }
}
