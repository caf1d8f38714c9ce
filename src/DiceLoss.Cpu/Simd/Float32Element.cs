namespace DiceLoss.Cpu.Simd;

/// <summary>float32, computed in float32.</summary>
internal readonly unsafe struct Float32Element : IElement<float>
{
    public static int Size => sizeof(float);

    public static TVector Load<TLanes, TVector>(byte* source)
        where TLanes : ILanes<TVector, float> => TLanes.Load((float*)source);

    public static void Store<TLanes, TVector>(byte* destination, TVector value)
        where TLanes : ILanes<TVector, float> => TLanes.Store((float*)destination, value);

    public static void Stream<TLanes, TVector>(byte* destination, TVector value)
        where TLanes : ILanes<TVector, float> => TLanes.Stream((float*)destination, value);
}
