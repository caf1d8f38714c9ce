namespace DiceLoss.Cpu.Kernels;

/// <summary>What a kernel needs to know of a problem as plain numbers.</summary>
/// <param name="Channels">C.</param>
/// <param name="Classes">K.</param>
/// <param name="Exponent">e.</param>
internal readonly record struct KernelShape(int Channels, int Classes, int Exponent);
