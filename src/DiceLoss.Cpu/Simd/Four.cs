namespace DiceLoss.Cpu.Simd;

/// <summary>Four registers that are worked on together.</summary>
internal readonly struct Four<TVector>(TVector a, TVector b, TVector c, TVector d)
{
    public readonly TVector A = a;
    public readonly TVector B = b;
    public readonly TVector C = c;
    public readonly TVector D = d;
}
