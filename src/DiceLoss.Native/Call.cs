using System.Diagnostics.CodeAnalysis;
using DiceLoss.Cuda;

namespace DiceLoss.Native;

/// <summary>The border between exceptions, on this side, and status codes, on that of C.</summary>
internal static class Call
{
    /// <summary>Does the work of an exported function.</summary>
    /// <returns>What has become of it; why it has failed is then the last error of this thread.</returns>
    [SuppressMessage("Design", "CA1031:Do not catch general exception types", Justification = "One that goes further ends the process.")]
    public static Status Run(Action work)
    {
        try
        {
            work();
            return Status.Ok;
        }
        catch (Exception failure)
        {
            LastError.Set(failure);
            return StatusOf(failure);
        }
    }

    private static Status StatusOf(Exception failure) => failure switch
    {
        // The second: results that do not have what is asked for, and targets that have changed since the forward pass.
        ArgumentException or InvalidOperationException => Status.InvalidArgument,
        NotSupportedException => Status.NotSupported,
        OutOfMemoryException or CudaException { CodeName: "CUDA_ERROR_OUT_OF_MEMORY" } => Status.OutOfMemory,
        CudaException => Status.CudaError,
        _ => Status.InternalError,
    };
}
