using System.Runtime.Intrinsics.X86;

namespace DiceLoss.Cpu.Simd;

/// <summary>Whose the processor is, for what one maker's do slowly and another's do not. It decides on the way of the data, never on a bit of it.</summary>
internal static class Processor
{
    /// <summary>Whether it is one of AMD's.</summary>
    public static bool IsAmd { get; } = X86Base.IsSupported && X86Base.CpuId(0, 0) is (_, 0x68747541, 0x444D4163, 0x69746E65); // Auth, cAMD, enti
}
