namespace DiceLoss.Cpu.Kernels;

/// <summary>Which floating-point targets or weights are what.</summary>
/// <param name="Greatest">From 0 to this one they count.</param>
/// <param name="Ignore">This one does not, even if it is in that range.</param>
internal readonly record struct NumberRule(double Greatest, double Ignore);
