namespace DiceLoss.Native;

/// <summary>What a call has come to: <c>diceloss_status</c>. The numbers are part of the binary interface.</summary>
internal enum Status
{
    Ok = 0,
    InvalidArgument = 1,
    NotSupported = 2,
    OutOfMemory = 3,
    CudaError = 4,
    InternalError = 5,
}
