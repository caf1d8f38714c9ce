using System.Runtime.CompilerServices;

namespace DiceLoss.Cpu.Simd;

/// <summary>float16, computed in float32.</summary>
internal readonly unsafe struct Float16Element : IElement<float>
{
    private const int FractionGap = 23 - 10;
    private const uint Sign = 0x8000;
    private const float TwoTo112 = 5.192296858534827628530496329220096e33f;
    private const float TwoTo16 = 65536f;
    private const float Largest = 65504f;
    private const float SmallestNormal = 1f / 16384;

    public static int Size => sizeof(ushort);

    // The sign and the 15 bits of a half, moved to where a float keeps them, are the number times 2^-112: the difference of the exponent biases.
    // Multiplying by 2^112 also puts subnormal halves right. Only infinities and NaN then lack their exponent.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Load<TLanes, TVector>(byte* source)
        where TLanes : ILanes<TVector, float>
    {
        TVector bits = TLanes.BitAnd(TLanes.ShiftLeft(TLanes.LoadWidened((short*)source), FractionGap), TLanes.BroadcastBits(0x8FFF_E000));
        TVector number = TLanes.Multiply(bits, TLanes.Broadcast(TwoTo112));
        TVector exponent = TLanes.WhereGreater(
            TLanes.Magnitude(number), TLanes.Broadcast(Largest), TLanes.Broadcast(float.PositiveInfinity), TLanes.Zero);
        return TLanes.BitOr(number, exponent);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store<TLanes, TVector>(byte* destination, TVector value)
        where TLanes : ILanes<TVector, float> => TLanes.StoreNarrowed((ushort*)destination, Round<TLanes, TVector>(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Stream<TLanes, TVector>(byte* destination, TVector value)
        where TLanes : ILanes<TVector, float> => TLanes.StreamNarrowed((ushort*)destination, Round<TLanes, TVector>(value));

    // Normal halves: re-bias the exponent and round by adding just under half a unit, plus the last bit kept (ties to even).
    // Smaller ones: adding 1/2 lets the float adder round at the half's last subnormal bit, whose number is then in the low bits.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Round<TLanes, TVector>(TVector value)
        where TLanes : ILanes<TVector, float>
    {
        TVector magnitude = TLanes.Magnitude(value);
        TVector sign = TLanes.BitAnd(TLanes.ShiftRight(value, 16), TLanes.BroadcastBits(Sign));

        TVector odd = TLanes.BitAnd(TLanes.ShiftRight(magnitude, FractionGap), TLanes.BroadcastBits(1));
        TVector rebiased = TLanes.AddInteger(magnitude, TLanes.BroadcastBits(unchecked((uint)((15 - 127) << 23) + 0x0FFF)));
        TVector normal = TLanes.ShiftRight(TLanes.AddInteger(rebiased, odd), FractionGap);

        TVector half = TLanes.Broadcast(0.5f);
        TVector subnormal = TLanes.AddInteger(TLanes.Add(magnitude, half), TLanes.BroadcastBits(unchecked(0u - 0x3F00_0000u)));

        TVector bits = TLanes.WhereGreater(magnitude, TLanes.Broadcast(SmallestNormal), normal, subnormal);
        bits = TLanes.WhereGreater(magnitude, TLanes.Broadcast(TwoTo16), TLanes.BroadcastBits(0x7C00), bits);
        bits = TLanes.WhereEqual(value, value, bits, TLanes.BroadcastBits(0x7E00));
        return TLanes.BitOr(bits, sign);
    }
}
