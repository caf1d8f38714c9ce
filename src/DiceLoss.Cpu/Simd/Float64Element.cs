namespace DiceLoss.Cpu.Simd;

/// <summary>float64, computed in float64.</summary>
internal readonly unsafe struct Float64Element : IElement<double>
{
    public static int Size => sizeof(double);

    public static TVector Load<TLanes, TVector>(byte* source)
        where TLanes : ILanes<TVector, double> => TLanes.Load((double*)source);

    public static void Store<TLanes, TVector>(byte* destination, TVector value)
        where TLanes : ILanes<TVector, double> => TLanes.Store((double*)destination, value);

    public static void Stream<TLanes, TVector>(byte* destination, TVector value)
        where TLanes : ILanes<TVector, double> => TLanes.Stream((double*)destination, value);
}
