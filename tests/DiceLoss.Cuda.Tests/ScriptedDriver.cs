using System.Collections.Concurrent;
using System.Runtime.InteropServices;

namespace DiceLoss.Cuda.Tests;

/// <summary>A driver that runs nothing: it counts calls, remembers what is current, and fails where it is told to. Device memory is main memory, all 0.</summary>
internal sealed unsafe class ScriptedDriver : ICudaDriver, IDisposable
{
    public const nint Context = 77;

    private readonly ConcurrentDictionary<nint, nuint> _allocated = [];
    private readonly ConcurrentQueue<string> _calls = [];
    private int _modules;

    /// <summary>Calls in order, each the name of the member and what tells it from others.</summary>
    public IReadOnlyList<string> Calls => [.. _calls];

    /// <summary>What each launch worked on: the stream, and the first argument that is an address of the workspace.</summary>
    public ConcurrentQueue<(string Kernel, nint Stream, nint Workspace)> Launches { get; } = [];

    /// <summary>Where results were copied to.</summary>
    public ConcurrentQueue<nint> CopiedTo { get; } = [];

    /// <summary>The streams that were copied from and waited for.</summary>
    public ConcurrentQueue<nint> WaitedFor { get; } = [];

    /// <summary>What is thrown by the member of that name, until it is taken out.</summary>
    public ConcurrentDictionary<string, Exception> Failures { get; } = [];

    /// <summary>Done before something is thrown.</summary>
    public Action OnFailure { get; set; } = () => { };

    public ThreadLocal<nint> Current { get; } = new(() => 5);

    public int Capability { get; set; } = 90;

    public nuint AllocatedBytes => _allocated.Values.Aggregate((nuint)0, (sum, bytes) => sum + bytes);

    public nint CurrentContext
    {
        get
        {
            Note("GetCurrent");
            return Current.Value;
        }
        set
        {
            Note("SetCurrent");
            Current.Value = value;
        }
    }

    public int Attribute(int device, int attribute)
    {
        Note("Attribute");
        return attribute switch
        {
            16 => 4,
            75 => Capability / 10,
            76 => Capability % 10,
            _ => throw new ArgumentOutOfRangeException(nameof(attribute)),
        };
    }

    public nint PrimaryContext(int device)
    {
        Note("PrimaryContext");
        return Context + device;
    }

    public nint LoadModule(ReadOnlySpan<byte> image)
    {
        Note("LoadModule");
        return Interlocked.Increment(ref _modules);
    }

    public void UnloadModule(nint loadedModule) => Note("UnloadModule");

    public nint GetFunction(nint loadedModule, string name)
    {
        Note("GetFunction " + name);
        return name switch { "dice_store" => 1, "dice_collect" => 2, "dice_sums" => 3, _ => 4 };
    }

    public void Launch(nint kernel, uint grid, uint block, nint stream, ReadOnlySpan<nint> arguments)
    {
        string name = kernel switch { 1 => "dice_store", 2 => "dice_collect", 3 => "dice_sums", _ => "dice_gradient" };
        Note($"Launch {name}");
        Launches.Enqueue((name, stream, *(nint*)arguments[1]));
    }

    public nint Allocate(nuint bytes)
    {
        Note("Allocate");
        nint address = (nint)NativeMemory.AllocZeroed(bytes);
        _allocated[address] = bytes;
        return address;
    }

    public void Free(nint address)
    {
        Note("Free");
        Assert.True(_allocated.TryRemove(address, out _));
        NativeMemory.Free((void*)address);
    }

    public void CopyToHost(void* destination, nint source, nuint bytes, nint stream)
    {
        Note("CopyToHost");
        CopiedTo.Enqueue((nint)destination);
        WaitedFor.Enqueue(stream);
        Buffer.MemoryCopy((void*)source, destination, bytes, bytes);
    }

    public void Synchronize(nint stream)
    {
        Note("Synchronize");
        WaitedFor.Enqueue(stream);
    }

    public bool IsCapturing(nint stream)
    {
        Note("IsCapturing");
        return false;
    }

    public int Count(string call) => Calls.Count(made => made.StartsWith(call, StringComparison.Ordinal));

    public void Forget()
    {
        _calls.Clear();
        Launches.Clear();
    }

    public void Dispose()
    {
        Current.Dispose();
        foreach (nint address in _allocated.Keys) NativeMemory.Free((void*)address);
    }

    private void Note(string call)
    {
        _calls.Enqueue(call);
        if (!Failures.TryGetValue(call.Split(' ')[0], out Exception? failure)) return;
        OnFailure();
        throw failure;
    }
}
