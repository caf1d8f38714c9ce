namespace DiceLoss.Cuda;

/// <summary>A call of the CUDA driver, or of the compiler of kernels, has failed. The message names the call and says what to do.</summary>
public sealed class CudaException : Exception
{
    /// <summary>The <see cref="Code"/> for a library that is missing, or too old to have the call.</summary>
    public const int LibraryMissing = -1;

    /// <summary>Makes the exception.</summary>
    /// <param name="call">The call, such as <c>cuMemAlloc_v2</c>.</param>
    /// <param name="code">What the call returned; <see cref="LibraryMissing"/> if it could not be made.</param>
    /// <param name="codeName">The name of that code, such as <c>CUDA_ERROR_OUT_OF_MEMORY</c>.</param>
    /// <param name="remedy">What to do, in sentences; <see langword="null"/> for the remedy that is known for <paramref name="codeName"/>.</param>
    /// <param name="log">The log of the compiler; <see langword="null"/> for none.</param>
    /// <param name="innerException">The cause.</param>
    public CudaException(string call, int code, string codeName, string? remedy = null, string? log = null, Exception? innerException = null)
        : base($"{call} failed: {codeName}{(code == LibraryMissing ? "" : $" ({code})")}. {remedy ?? CudaRemedies.For(codeName)}{(log is null ? "" : "\n" + log)}", innerException)
    {
        Call = call;
        Code = code;
        CodeName = codeName;
        Remedy = remedy ?? CudaRemedies.For(codeName);
        Log = log;
    }

    /// <summary>The call that failed.</summary>
    public string Call { get; }

    /// <summary>What the call returned.</summary>
    public int Code { get; }

    /// <summary>The name of the code.</summary>
    public string CodeName { get; }

    /// <summary>What to do.</summary>
    public string Remedy { get; }

    /// <summary>The log of the compiler; <see langword="null"/> where none was involved.</summary>
    public string? Log { get; }
}
