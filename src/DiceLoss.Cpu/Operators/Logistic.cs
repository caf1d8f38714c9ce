using System.Numerics;
using System.Runtime.CompilerServices;
using DiceLoss.Cpu.Simd;

namespace DiceLoss.Cpu.Operators;

/// <summary>
/// sigmoid(x) and sigmoid(-x) together, each within 5 ULP; below the smallest normal number something from 0 to it. Neither is 1 minus
/// the other, which would cancel.
/// </summary>
/// <remarks>
/// With z = exp(-|x|) they are 1 / (1 + z) and z / (1 + z). Where a ULP is smallest, just below a power of 2, the roundings add up to 4.7 of
/// them: 2.2 from the exponential, 1 each from sum and quotient, 0.5 from the product.
/// </remarks>
internal static class Logistic
{
    /// <summary>An infinite x gives exactly 0 and 1, NaN gives NaN. With the sum 1 + z.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Both<TLanes, TVector, T>(TVector x, out TVector sigmoid, out TVector complement, out TVector sum)
        where TLanes : ILanes<TVector, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        TVector z = Exponential.OfNegated<TLanes, TVector, T>(TLanes.Magnitude(x));
        Both<TLanes, TVector, T>(x, z, TLanes.One, out sigmoid, out complement, out sum);
    }

    /// <summary>The same as the softmax over (0, x), which subtracts the larger one: +inf gives NaN, an inf - inf.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void AsSoftmax<TLanes, TVector, T>(TVector x, out TVector sigmoid, out TVector complement, out TVector sum)
        where TLanes : ILanes<TVector, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        TVector z = Exponential.OfNegated<TLanes, TVector, T>(TLanes.Magnitude(x));

        // 1, and NaN where x is +inf
        TVector one = TLanes.MultiplyAdd(TLanes.MaxOrRight(TLanes.Zero, x), TLanes.Zero, TLanes.One);
        Both<TLanes, TVector, T>(x, z, one, out sigmoid, out complement, out sum);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Both<TLanes, TVector, T>(TVector x, TVector z, TVector one, out TVector sigmoid, out TVector complement, out TVector sum)
        where TLanes : ILanes<TVector, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        sum = TLanes.Add(one, z);
        TVector larger = TLanes.Divide(TLanes.One, sum);
        TVector smaller = TLanes.Multiply(z, larger);
        sigmoid = TLanes.WhereGreater(x, TLanes.Zero, larger, smaller);
        complement = TLanes.WhereGreater(x, TLanes.Zero, smaller, larger);
    }
}
