using System.Runtime.CompilerServices;

namespace DiceLoss.Cpu.Simd;

/// <summary>bfloat16, computed in float32: the stored bits are the upper half of the float.</summary>
internal readonly unsafe struct BFloat16Element : IElement<float>
{
    public static int Size => sizeof(ushort);

    public static TVector Load<TLanes, TVector>(byte* source)
        where TLanes : ILanes<TVector, float> => TLanes.ShiftLeft(TLanes.LoadWidened((short*)source), 16);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store<TLanes, TVector>(byte* destination, TVector value)
        where TLanes : ILanes<TVector, float> => TLanes.StoreNarrowed((ushort*)destination, Round<TLanes, TVector>(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Stream<TLanes, TVector>(byte* destination, TVector value)
        where TLanes : ILanes<TVector, float> => TLanes.StreamNarrowed((ushort*)destination, Round<TLanes, TVector>(value));

    // Just under half a unit, plus the last bit kept: to nearest, ties to even. NaN must not be rounded into an infinity.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Round<TLanes, TVector>(TVector value)
        where TLanes : ILanes<TVector, float>
    {
        TVector odd = TLanes.BitAnd(TLanes.ShiftRight(value, 16), TLanes.BroadcastBits(1));
        TVector rounded = TLanes.AddInteger(TLanes.AddInteger(value, TLanes.BroadcastBits(0x7FFF)), odd);
        TVector quiet = TLanes.BitOr(value, TLanes.BroadcastBits(0x0040_0000));
        return TLanes.ShiftRight(TLanes.WhereEqual(value, value, rounded, quiet), 16);
    }
}
