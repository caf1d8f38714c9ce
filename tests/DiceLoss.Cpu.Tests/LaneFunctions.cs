using System.Runtime.Intrinsics;
using DiceLoss.Cpu.Operators;
using DiceLoss.Cpu.Simd;

namespace DiceLoss.Cpu.Tests;

/// <summary>Functions of a float that kernels compute.</summary>
internal enum LaneFunction
{
    /// <summary>exp(-x).</summary>
    Exponential,

    /// <summary>log(x).</summary>
    Logarithm,

    /// <summary>sigmoid(x).</summary>
    Sigmoid,

    /// <summary>sigmoid(-x).</summary>
    Complement,
}

/// <summary>The same functions of many floats, at a given register width.</summary>
internal static unsafe class LaneFunctions
{
    public static float[] Map(SimdLevel level, float[] x, LaneFunction function) => level switch
    {
        SimdLevel.Scalar => Map<Lanes1<float>, float>(x, function),
        SimdLevel.Vector128 => Map<Lanes128<float>, Vector128<float>>(x, function),
        SimdLevel.Vector256 => Map<Lanes256<float>, Vector256<float>>(x, function),
        _ => Map<Lanes512<float>, Vector512<float>>(x, function),
    };

    private static float[] Map<TLanes, TVector>(float[] x, LaneFunction function)
        where TLanes : ILanes<TVector, float>
    {
        float[] padded = [.. x, .. new float[16]];
        float[] y = new float[padded.Length];
        fixed (float* source = padded, destination = y)
        {
            for (int i = 0; i < x.Length; i += TLanes.Count)
            {
                TVector value = TLanes.Load(source + i);
                TVector sigmoid = TLanes.Zero, complement = TLanes.Zero;
                if (function is LaneFunction.Sigmoid or LaneFunction.Complement) Logistic.Both<TLanes, TVector, float>(value, out sigmoid, out complement, out _);
                TLanes.Store(destination + i, function switch
                {
                    LaneFunction.Exponential => Exponential.OfNegated<TLanes, TVector, float>(value),
                    LaneFunction.Logarithm => Logarithm.OfPositive<TLanes, TVector, float>(value),
                    LaneFunction.Sigmoid => sigmoid,
                    _ => complement,
                });
            }
        }

        return y[..x.Length];
    }
}
