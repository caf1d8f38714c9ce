namespace DiceLoss.Cuda;

/// <summary>What to do about an error of the driver or the compiler, by the name of its code.</summary>
internal static class CudaRemedies
{
    private const string Sticky =
        "This process's CUDA context is broken, whoever broke it: restart the process. compute-sanitizer names the access that is at fault.";

    private const string NewerDriver =
        "Install a newer NVIDIA driver (520 or newer for kernels that come with DiceLoss.Cuda), or an NVRTC that is not newer than it (DICELOSS_NVRTC names its library).";

    /// <summary>Why neither pass goes into a graph.</summary>
    public const string Capture =
        "Neither pass can be captured into a graph: forward waits for its stream, and backward works in memory that is not the graph's. Call both outside of the capture.";

    /// <summary>What is known to help.</summary>
    public static string For(string codeName) => codeName switch
    {
        "CUDA_ERROR_OUT_OF_MEMORY" =>
            "Free device memory, or use a smaller batch, and call again: nothing was lost. The provider itself needs a few MiB; tensor libraries keep what they "
            + "have freed, and give it back on request (torch.cuda.empty_cache).",
        "CUDA_ERROR_NO_DEVICE" => "Check that nvidia-smi lists the device, and that CUDA_VISIBLE_DEVICES does not hide it.",
        "CUDA_ERROR_INVALID_DEVICE" => "There is no such device: nvidia-smi lists those there are, CUDA_VISIBLE_DEVICES may hide some.",
        "CUDA_ERROR_INVALID_VALUE" or "CUDA_ERROR_INVALID_HANDLE" or "CUDA_ERROR_INVALID_CONTEXT" =>
            "Check that addresses and streams belong to this device and are not freed.",
        "CUDA_ERROR_ILLEGAL_ADDRESS" or "CUDA_ERROR_MISALIGNED_ADDRESS" or "CUDA_ERROR_INVALID_ADDRESS_SPACE" =>
            "A kernel has met memory that does not belong to it: check that every tensor is as its descriptor says and lives until its stream is done with it. " + Sticky,
        "CUDA_ERROR_LAUNCH_FAILED" or "CUDA_ERROR_ASSERT" or "CUDA_ERROR_ILLEGAL_INSTRUCTION" or "CUDA_ERROR_INVALID_PC" or "CUDA_ERROR_HARDWARE_STACK_ERROR"
            or "CUDA_ERROR_LAUNCH_TIMEOUT" or "CUDA_ERROR_CONTEXT_IS_DESTROYED" or "CUDA_ERROR_ECC_UNCORRECTABLE" or "CUDA_ERROR_DEINITIALIZED" => Sticky,
        "CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED" or "CUDA_ERROR_STREAM_CAPTURE_INVALIDATED" or "CUDA_ERROR_STREAM_CAPTURE_IMPLICIT" => Capture,
        "CUDA_ERROR_JIT_COMPILER_NOT_FOUND" => "Install the driver's libnvidia-ptxjitcompiler, in a container start it with that, or install an NVRTC that knows the device.",
        "CUDA_ERROR_UNSUPPORTED_PTX_VERSION" or "CUDA_ERROR_INVALID_PTX" or "CUDA_ERROR_INVALID_IMAGE" or "CUDA_ERROR_NO_BINARY_FOR_GPU" or "CUDA_ERROR_SYSTEM_DRIVER_MISMATCH"
            or "CUDA_ERROR_COMPAT_NOT_SUPPORTED_ON_DEVICE" => NewerDriver,
        "NVRTC_ERROR_COMPILATION" => "This is a defect of DiceLoss.Cuda, or of its kernels as they were changed: please report the log.",
        "NVRTC_ERROR_INVALID_OPTION" => "This NVRTC does not know the architecture or an option: install another one (DICELOSS_NVRTC names its library).",
        "NVRTC_ERROR_BUILTIN_OPERATION_FAILURE" => "Install libnvrtc-builtins of the same version as NVRTC, in the same folder.",
        _ when codeName.StartsWith("NVRTC_", StringComparison.Ordinal) => "NVIDIA's documentation of NVRTC says what the code means.",
        _ => "NVIDIA's documentation of the CUDA driver says what the code means.",
    };
}
