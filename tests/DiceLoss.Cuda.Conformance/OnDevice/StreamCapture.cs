namespace DiceLoss.Cuda.Conformance.OnDevice;

/// <summary>The capture of a stream into a graph, which ends when it is disposed of; so does the graph.</summary>
internal sealed class StreamCapture : IDisposable
{
    private readonly nint _stream;

    public StreamCapture(nint stream)
    {
        _stream = stream;
        DeviceApi.BeginCapture(stream);
    }

    public void Dispose() => DeviceApi.EndCapture(_stream);
}
