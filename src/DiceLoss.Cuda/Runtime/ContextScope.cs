namespace DiceLoss.Cuda.Runtime;

/// <summary>Makes a context current on this thread, and what was current before once it is disposed of.</summary>
internal readonly ref struct ContextScope : IDisposable
{
    private readonly ICudaDriver _driver;
    private readonly nint _before;
    private readonly bool _changed;

    /// <summary>Makes a context current.</summary>
    public ContextScope(ICudaDriver driver, nint context)
    {
        _driver = driver;
        _before = driver.CurrentContext;
        _changed = _before != context;
        if (_changed) driver.CurrentContext = context;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!_changed) return;
        try
        {
            _driver.CurrentContext = _before;
        }
        catch (CudaException)
        {
            // It fails where another call has failed for good; that one is to be heard of.
        }
    }
}
