namespace DiceLoss.Cuda.Conformance.OnDevice;

/// <summary>Takes all device memory that is left, for as long as it lives.</summary>
internal sealed class MemoryHog : IDisposable
{
    private const nuint Smallest = 64 << 10;

    private readonly ICudaDriver _driver;
    private readonly Stack<nint> _blocks = [];

    public MemoryHog(ICudaDriver driver)
    {
        _driver = driver;
        for (nuint bytes = DeviceApi.FreeMemory(); bytes >= Smallest; bytes /= 2)
        {
            while (TryAllocate(bytes, out nint block)) _blocks.Push(block);
        }
    }

    public void Dispose()
    {
        while (_blocks.TryPop(out nint block)) _driver.Free(block);
    }

    private bool TryAllocate(nuint bytes, out nint block)
    {
        try
        {
            block = _driver.Allocate(bytes);
            return true;
        }
        catch (CudaException full) when (full.CodeName == "CUDA_ERROR_OUT_OF_MEMORY")
        {
            block = 0;
            return false;
        }
    }
}
