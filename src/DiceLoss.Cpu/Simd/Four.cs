namespace DiceLoss.Cpu.Simd;

/// <summary>Four registers that are worked on together. Without a constructor, whose parameters would count towards what the compiler is ready to inline.</summary>
internal struct Four<TVector>
{
    public TVector A;
    public TVector B;
    public TVector C;
    public TVector D;
}
