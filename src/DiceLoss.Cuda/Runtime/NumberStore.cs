using DiceLoss.Cuda.Compilation;

namespace DiceLoss.Cuda.Runtime;

/// <summary>Writes numbers to the device in the order of a stream, from the arguments of launches: nothing waits, and nothing has to stay in place.</summary>
/// <param name="driver">The driver.</param>
/// <param name="store">The kernel <see cref="KernelName.Store"/>.</param>
/// <param name="stream">The stream.</param>
internal readonly unsafe struct NumberStore(ICudaDriver driver, LoadedKernel store, nint stream)
{
    /// <summary>Writes numbers.</summary>
    /// <param name="destination">Where to, on the device.</param>
    /// <param name="numbers">As many as one launch carries at most; the bits alone count.</param>
    public void Write(nint destination, ReadOnlySpan<double> numbers)
    {
        double* all = stackalloc double[KernelConstants.StoredNumbers]; // a launch copies all of them
        numbers.CopyTo(new Span<double>(all, KernelConstants.StoredNumbers));
        int count = numbers.Length;
        driver.Launch(store.Function, 1, KernelConstants.BlockOfHelpers, stream, [(nint)all, (nint)(&destination), (nint)(&count)]);
    }
}
