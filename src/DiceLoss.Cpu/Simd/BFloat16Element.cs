using System.Runtime.CompilerServices;

namespace DiceLoss.Cpu.Simd;

/// <summary>bfloat16, computed in float32: the stored bits are the upper half of the float.</summary>
internal readonly unsafe struct BFloat16Element : IElement<float>
{
    public static int Size => sizeof(ushort);

    public static TVector Load<TLanes, TVector>(byte* source)
        where TLanes : ILanes<TVector, float> => TLanes.ShiftLeft(TLanes.LoadWidened((ushort*)source), 16);

    // Just under half a unit, plus the last bit kept: to nearest, ties to even. NaN must not be rounded into an infinity.
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Store<TLanes, TVector>(byte* destination, TVector value)
        where TLanes : ILanes<TVector, float>
    {
        TVector odd = TLanes.BitAnd(TLanes.ShiftRight(value, 16), TLanes.BroadcastBits(1));
        TVector rounded = TLanes.AddInteger(TLanes.AddInteger(value, TLanes.BroadcastBits(0x7FFF)), odd);
        TVector isNumber = TLanes.Equal(value, value);
        TVector quiet = TLanes.BitOr(value, TLanes.BroadcastBits(0x0040_0000));
        TLanes.StoreNarrowed((ushort*)destination, TLanes.ShiftRight(TLanes.Select(isNumber, rounded, quiet), 16));
    }

    // A register of halves is no cache line.
    public static void Stream<TLanes, TVector>(byte* destination, TVector value)
        where TLanes : ILanes<TVector, float> => Store<TLanes, TVector>(destination, value);
}
