using System.Collections.Concurrent;
using DiceLoss.Cuda.Compilation;

namespace DiceLoss.Cuda.Runtime;

/// <summary>A device: its context, the kernels that were loaded to it, and a workspace for each of its streams.</summary>
internal sealed class CudaDevice
{
    private const int MultiprocessorCount = 16, ComputeCapabilityMajor = 75, ComputeCapabilityMinor = 76; // CU_DEVICE_ATTRIBUTE_...
    private const nint StreamPerThread = 2; // CU_STREAM_PER_THREAD: one handle for a stream of each thread

    private readonly int _index;
    private readonly KernelCache _images;
    private readonly Lock _lock = new();
    private readonly ConcurrentDictionary<(KernelName, KernelSpecialisation), LoadedKernel> _kernels = [];
    private readonly ConcurrentDictionary<(nint Stream, Thread? Thread), Workspace> _workspaces = [];
    private nint _context;

    /// <summary>Asks the driver about a device; makes no context yet.</summary>
    /// <exception cref="CudaException">There is no such device.</exception>
    public CudaDevice(ICudaDriver driver, int index, KernelCache images)
    {
        Driver = driver;
        _index = index;
        _images = images;
        Multiprocessors = Math.Max(1, driver.Attribute(index, MultiprocessorCount));
        Capability = (10 * driver.Attribute(index, ComputeCapabilityMajor)) + driver.Attribute(index, ComputeCapabilityMinor);
    }

    /// <summary>The driver.</summary>
    public ICudaDriver Driver { get; }

    /// <summary>How many multiprocessors it has.</summary>
    public int Multiprocessors { get; }

    /// <summary>Its compute capability, 10 times the major number plus the minor one.</summary>
    public int Capability { get; }

    /// <summary>Makes the device's context current on this thread, until what is returned is disposed of.</summary>
    /// <exception cref="CudaException">The device gives none.</exception>
    public ContextScope Enter()
    {
        if (Volatile.Read(ref _context) == 0)
        {
            lock (_lock)
            {
                if (_context == 0) Volatile.Write(ref _context, Driver.PrimaryContext(_index));
            }
        }

        return new ContextScope(Driver, _context);
    }

    /// <summary>Refuses a stream that is being captured. Within <see cref="Enter"/>.</summary>
    /// <exception cref="NotSupportedException">It is; nothing was put into it.</exception>
    public void RefuseCapture(nint stream)
    {
        if (Driver.IsCapturing(stream)) throw new NotSupportedException("The stream is being captured. " + CudaRemedies.Capture);
    }

    /// <summary>A kernel, loaded. Within <see cref="Enter"/>.</summary>
    /// <param name="name">Which kernel.</param>
    /// <param name="specialisation">What it may rely on.</param>
    /// <exception cref="CudaException">It does not compile or does not load.</exception>
    /// <exception cref="NotSupportedException">There is no compiler, and no kernel that would do.</exception>
    public LoadedKernel Kernel(KernelName name, KernelSpecialisation specialisation)
    {
        if (_kernels.TryGetValue((name, specialisation), out LoadedKernel known)) return known;
        lock (_lock)
        {
            if (_kernels.TryGetValue((name, specialisation), out known)) return known;
            return _kernels[(name, specialisation)] = Load(name, specialisation);
        }
    }

    /// <summary>The workspace of a stream. Within <see cref="Enter"/>.</summary>
    public Workspace WorkspaceOf(nint stream)
    {
        // The thread itself: the number of one that has ended is given to another, while its stream may still be at work.
        (nint, Thread?) key = (stream, stream == StreamPerThread ? Thread.CurrentThread : null);
        if (_workspaces.TryGetValue(key, out Workspace? known)) return known;
        foreach ((nint Stream, Thread? Thread) other in _workspaces.Keys)
        {
            if (other.Thread is { IsAlive: false } && _workspaces.TryRemove(other, out Workspace? left)) GiveBack(other, left);
        }

        return _workspaces.GetOrAdd(key, _ => new Workspace(Driver));
    }

    /// <summary>Gives back all device memory and all kernels. No pass may be under way.</summary>
    /// <exception cref="CudaException">The driver failed.</exception>
    public void Release()
    {
        if (_context == 0) return;
        using ContextScope scope = Enter();

        // What the driver does not take back stays here, for another try.
        foreach (((nint, Thread?) key, Workspace workspace) in _workspaces)
        {
            workspace.Release();
            _workspaces.TryRemove(key, out _);
        }

        foreach (((KernelName, KernelSpecialisation) key, LoadedKernel kernel) in _kernels)
        {
            Driver.UnloadModule(kernel.Module);
            _kernels.TryRemove(key, out _);
        }
    }

    private void GiveBack((nint, Thread?) key, Workspace workspace)
    {
        try
        {
            workspace.Release();
        }
        catch
        {
            _workspaces[key] = workspace; // for another try
            throw;
        }
    }

    // A driver that is older than the compiler does not know its images, but may know those that this assembly carries.
    private LoadedKernel Load(KernelName name, KernelSpecialisation specialisation)
    {
        CudaException? refusal = null;
        foreach (KernelImage image in _images.Find(name, specialisation, Capability))
        {
            try
            {
                return Load(name, image);
            }
            catch (CudaException failure) when (failure.CodeName is "CUDA_ERROR_UNSUPPORTED_PTX_VERSION" or "CUDA_ERROR_NO_BINARY_FOR_GPU" or "CUDA_ERROR_INVALID_IMAGE")
            {
                refusal ??= failure;
            }
        }

        throw refusal ?? (Exception)_images.None();
    }

    private LoadedKernel Load(KernelName name, KernelImage image)
    {
        nint loaded = Driver.LoadModule(image.Bytes);
        try
        {
            return new LoadedKernel(loaded, Driver.GetFunction(loaded, KernelSources.FunctionName(name)), image.Specialisation);
        }
        catch
        {
            // A driver may put off to load what is in a module, and find no memory for it here.
            Unload(loaded);
            throw;
        }
    }

    private void Unload(nint loaded)
    {
        try
        {
            Driver.UnloadModule(loaded);
        }
        catch (CudaException)
        {
            // It fails where another call has failed for good; that one is to be heard of.
        }
    }
}
