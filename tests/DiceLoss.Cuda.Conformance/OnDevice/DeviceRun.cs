using DiceLoss.Testing;

namespace DiceLoss.Cuda.Conformance.OnDevice;

/// <summary>The tensors of a case, on the device for as long as it lives: calls do no more than a user's do.</summary>
internal sealed class DeviceRun : IDisposable
{
    private readonly CaseRun _host;
    private readonly CudaProvider _cuda;
    private readonly DeviceTensor _logits;
    private readonly DeviceTensor _targets;
    private readonly DeviceTensor _weights;
    private readonly DeviceTensor _upstream;
    private readonly DeviceTensor _gradient;

    /// <summary>Makes the tensors; the device's context is current.</summary>
    public DeviceRun(Session session, Case what)
    {
        _host = new CaseRun(what);
        _cuda = session.Cuda;
        _logits = new DeviceTensor(session.Driver, _host.Logits.Descriptor);
        _targets = new DeviceTensor(session.Driver, _host.Labels.Descriptor);
        _weights = new DeviceTensor(session.Driver, _host.Weights is null ? default : _host.Weights.Descriptor);
        _upstream = new DeviceTensor(session.Driver, _host.Upstream is null ? default : _host.Upstream.Descriptor);
        _gradient = new DeviceTensor(session.Driver, _host.Gradient.Descriptor);
    }

    private DiceTargets Targets => new(_targets.Descriptor) { VoxelWeights = _weights.Descriptor, Annotated = _host.Annotated };

    public DiceResult Forward(nint stream, CudaProvider? provider = null) =>
        Dice.Forward(_logits.Descriptor, Targets, _host.Case.Options, provider ?? _cuda, stream);

    /// <summary>Puts the gradient into the stream; <see cref="Gradient"/> waits for it.</summary>
    public void Backward(DiceResult result, nint stream, CudaProvider? provider = null)
    {
        _host.Gradient.Erase();
        _gradient.CopyThere();
        Dice.Backward(result, _logits.Descriptor, Targets, _upstream.Descriptor, _gradient.Descriptor, provider: provider ?? _cuda, stream: stream);
    }

    public double[] Gradient(nint stream)
    {
        _gradient.CopyBack(stream);
        return _host.Gradient.Numbers();
    }

    /// <summary>Sums and gradient, to be compared bit by bit.</summary>
    public double[] Bits(nint stream, CudaProvider? provider = null)
    {
        DiceResult result = Forward(stream, provider);
        Backward(result, stream, provider);
        return [.. Numbers(result.Sums), .. Gradient(stream)];
    }

    /// <summary>All sums, one after the other.</summary>
    public static IEnumerable<double> Numbers(DiceSums sums) =>
        from term in Enum.GetValues<SumTerm>()
        from sample in Enumerable.Range(0, (int)sums.Samples)
        from k in Enumerable.Range(0, sums.Classes)
        select sums[term, sample][k].Value;

    public void Dispose()
    {
        _logits.Dispose();
        _targets.Dispose();
        _weights.Dispose();
        _upstream.Dispose();
        _gradient.Dispose();
        _host.Dispose();
    }
}
