namespace DiceLoss.Cuda;

/// <summary>
/// All that the provider needs from a binding of the CUDA driver. Addresses of device memory and handles of the driver are plain numbers,
/// so that the memory and the streams of any library can be used. Safe to call from several threads at once.
/// </summary>
/// <remarks>
/// Every failing call throws a <see cref="CudaException"/> that names it. Nothing is loaded before the first call. From
/// <see cref="LoadModule"/> on, calls work in the context that is current on the calling thread.
/// </remarks>
public unsafe interface ICudaDriver
{
    /// <summary>The context that is current on the calling thread; 0 for none.</summary>
    /// <exception cref="CudaException">The driver does not accept it.</exception>
    nint CurrentContext { get; set; }

    /// <summary>Reads an attribute of a device, as <c>cuDeviceGetAttribute</c>. Needs no context.</summary>
    /// <param name="device">The ordinal of the device, from 0.</param>
    /// <param name="attribute">A number of <c>CUdevice_attribute</c>.</param>
    /// <returns>Its value.</returns>
    /// <exception cref="CudaException">There is no driver, no device, or the driver is too old.</exception>
    int Attribute(int device, int attribute);

    /// <summary>Retains the primary context of a device, the one that other libraries of the process work in, for as long as the process lives.</summary>
    /// <param name="device">The ordinal of the device, from 0.</param>
    /// <returns>The context; it is not made current.</returns>
    /// <exception cref="CudaException">The context could not be retained.</exception>
    nint PrimaryContext(int device);

    /// <summary>Loads compiled kernels.</summary>
    /// <param name="image">PTX as text, with a zero at the end, or a binary that the driver knows.</param>
    /// <returns>The module.</returns>
    /// <exception cref="CudaException">The driver does not accept the image.</exception>
    nint LoadModule(ReadOnlySpan<byte> image);

    /// <summary>Unloads a module; none of its kernels may be running.</summary>
    /// <param name="loadedModule">The module.</param>
    /// <exception cref="CudaException">The driver failed.</exception>
    void UnloadModule(nint loadedModule);

    /// <summary>Finds a kernel in a module.</summary>
    /// <param name="loadedModule">The module.</param>
    /// <param name="name">The kernel's name, as declared <c>extern "C"</c>.</param>
    /// <returns>The kernel.</returns>
    /// <exception cref="CudaException">The module has no kernel of that name.</exception>
    nint GetFunction(nint loadedModule, string name);

    /// <summary>Launches a kernel on a stream and returns immediately.</summary>
    /// <param name="kernel">The kernel.</param>
    /// <param name="grid">The number of blocks, 1 or more.</param>
    /// <param name="block">The number of threads per block.</param>
    /// <param name="stream">The stream.</param>
    /// <param name="arguments">The addresses of the arguments; what they point to is copied before the call returns.</param>
    /// <exception cref="CudaException">The driver does not accept the launch, or earlier work has failed.</exception>
    void Launch(nint kernel, uint grid, uint block, nint stream, ReadOnlySpan<nint> arguments);

    /// <summary>Allocates device memory; its contents are undefined.</summary>
    /// <param name="bytes">The number of bytes, 1 or more.</param>
    /// <returns>Its address, a multiple of 256.</returns>
    /// <exception cref="CudaException">There is not enough memory.</exception>
    nint Allocate(nuint bytes);

    /// <summary>Frees device memory, after waiting for all work that the device was given on any stream, as <c>cuMemFree</c> does.</summary>
    /// <param name="address">An address that <see cref="Allocate"/> has returned.</param>
    /// <exception cref="CudaException">It is not such an address.</exception>
    void Free(nint address);

    /// <summary>Copies from the device, in the order of a stream.</summary>
    /// <param name="destination">Main memory; it must stay in place until the stream has completed the copy.</param>
    /// <param name="source">Device memory.</param>
    /// <param name="bytes">The number of bytes.</param>
    /// <param name="stream">The stream.</param>
    /// <exception cref="CudaException">The driver failed.</exception>
    void CopyToHost(void* destination, nint source, nuint bytes, nint stream);

    /// <summary>Waits until a stream has completed all the work that it was given.</summary>
    /// <param name="stream">The stream.</param>
    /// <exception cref="CudaException">Some of that work has failed.</exception>
    void Synchronize(nint stream);

    /// <summary>Whether work given to a stream is captured into a graph instead of being executed.</summary>
    /// <param name="stream">The stream.</param>
    /// <returns><see langword="true"/> from the beginning of a capture to its end, even if it has failed in between.</returns>
    /// <exception cref="CudaException">The driver failed, or the stream is the default one and another is being captured.</exception>
    bool IsCapturing(nint stream);
}
