using System.Runtime.InteropServices;

namespace DiceLoss.Native.Tensors;

/// <summary>A tensor as DLPack lays it out in memory: <c>diceloss_tensor</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct DlTensor
{
    public void* Data;
    public int DeviceType;
    public int DeviceId;
    public int Ndim;
    public byte TypeCode;
    public byte TypeBits;
    public ushort TypeLanes;
    public long* Shape;
    public long* Strides;
    public ulong ByteOffset;
}
