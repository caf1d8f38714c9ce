using System.Numerics;

namespace DiceLoss.Cpu.Simd;

/// <summary>float32 or float64, computed in as it is stored.</summary>
/// <typeparam name="T">float or double.</typeparam>
internal readonly unsafe struct UnroundedElement<T> : IElement<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public static int Size => sizeof(T);

    public static TVector Load<TLanes, TVector>(byte* source)
        where TLanes : ILanes<TVector, T> => TLanes.Load((T*)source);

    public static void Store<TLanes, TVector>(byte* destination, TVector value)
        where TLanes : ILanes<TVector, T> => TLanes.Store((T*)destination, value);

    public static void Stream<TLanes, TVector>(byte* destination, TVector value)
        where TLanes : ILanes<TVector, T> => TLanes.Stream((T*)destination, value);
}
