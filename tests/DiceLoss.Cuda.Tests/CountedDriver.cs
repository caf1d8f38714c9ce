namespace DiceLoss.Cuda.Tests;

/// <summary>A driver that counts its calls, fails at one of them, and knows what it has been given back.</summary>
/// <param name="driver">Who does the work.</param>
internal sealed unsafe class CountedDriver(ICudaDriver driver) : ICudaDriver
{
    private readonly HashSet<nint> _given = []; // memory and modules

    /// <summary>The names of the calls since they were last forgotten.</summary>
    public List<string> Calls { get; } = [];

    /// <summary>The call that fails, counted from 0; -1 for none.</summary>
    public int Failing { get; set; } = -1;

    /// <summary>What it returns.</summary>
    public (int Code, string Name) Failure { get; set; }

    /// <summary>How much memory and how many modules nobody has given back.</summary>
    public int Left => _given.Count;

    public nint CurrentContext
    {
        get
        {
            Count("GetCurrent");
            return driver.CurrentContext;
        }
        set
        {
            Count("SetCurrent");
            driver.CurrentContext = value;
        }
    }

    public int Attribute(int device, int attribute)
    {
        Count("Attribute");
        return driver.Attribute(device, attribute);
    }

    public nint PrimaryContext(int device)
    {
        Count("PrimaryContext");
        return driver.PrimaryContext(device);
    }

    public nint LoadModule(ReadOnlySpan<byte> image)
    {
        Count("LoadModule");
        return Given(driver.LoadModule(image));
    }

    public void UnloadModule(nint loadedModule)
    {
        Count("UnloadModule");
        driver.UnloadModule(loadedModule);
        Assert.True(_given.Remove(loadedModule));
    }

    public nint GetFunction(nint loadedModule, string name)
    {
        Count("GetFunction");
        return driver.GetFunction(loadedModule, name);
    }

    public void Launch(nint kernel, uint grid, uint block, nint stream, ReadOnlySpan<nint> arguments)
    {
        Count("Launch");
        driver.Launch(kernel, grid, block, stream, arguments);
    }

    public nint Allocate(nuint bytes)
    {
        Count("Allocate");
        return Given(driver.Allocate(bytes));
    }

    public void Free(nint address)
    {
        Count("Free");
        driver.Free(address);
        Assert.True(_given.Remove(address));
    }

    public void CopyToHost(void* destination, nint source, nuint bytes, nint stream)
    {
        Count("CopyToHost");
        driver.CopyToHost(destination, source, bytes, stream);
    }

    public void Synchronize(nint stream)
    {
        Count("Synchronize");
        driver.Synchronize(stream);
    }

    public bool IsCapturing(nint stream)
    {
        Count("IsCapturing");
        return driver.IsCapturing(stream);
    }

    private nint Given(nint handle)
    {
        _given.Add(handle);
        return handle;
    }

    private void Count(string call)
    {
        Calls.Add(call);
        if (Calls.Count - 1 == Failing) throw new CudaException(call, Failure.Code, Failure.Name);
    }
}
