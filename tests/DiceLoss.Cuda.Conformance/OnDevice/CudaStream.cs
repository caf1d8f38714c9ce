namespace DiceLoss.Cuda.Conformance.OnDevice;

/// <summary>A stream that waits for no other.</summary>
internal sealed class CudaStream : IDisposable
{
    public nint Handle { get; } = DeviceApi.CreateStream();

    public void Dispose() => DeviceApi.DestroyStream(Handle);
}
