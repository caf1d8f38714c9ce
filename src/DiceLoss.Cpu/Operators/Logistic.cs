using System.Numerics;
using System.Runtime.CompilerServices;
using DiceLoss.Cpu.Simd;

namespace DiceLoss.Cpu.Operators;

/// <summary>sigmoid(x) and sigmoid(-x) together, each within 3 ULP for every x: neither is 1 minus the other, which would cancel.</summary>
/// <remarks>With z = exp(-|x|) they are 1 / (1 + z) and z / (1 + z). An infinite x gives exactly 0 and 1, NaN gives NaN.</remarks>
internal static class Logistic
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Both<TLanes, TVector, T>(TVector x, out TVector sigmoid, out TVector complement)
        where TLanes : ILanes<TVector, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        TVector z = Exponential.OfNegative<TLanes, TVector, T>(TLanes.NegativeMagnitude(x));
        TVector larger = TLanes.Divide(TLanes.One, TLanes.Add(TLanes.One, z));
        TVector smaller = TLanes.Multiply(z, larger);
        TVector positive = TLanes.GreaterOrEqual(x, TLanes.Zero);
        sigmoid = TLanes.Select(positive, larger, smaller);
        complement = TLanes.Select(positive, smaller, larger);
    }
}
