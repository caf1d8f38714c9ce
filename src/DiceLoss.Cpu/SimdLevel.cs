namespace DiceLoss.Cpu;

/// <summary>The register widths that the kernels are compiled for, narrowest first. All of them give the same bits.</summary>
public enum SimdLevel
{
    /// <summary>One element at a time: every machine has it, and the other levels are tested against it.</summary>
    Scalar,

    /// <summary>128-bit registers (SSE, NEON): every 64-bit machine of today.</summary>
    Vector128,

    /// <summary>256-bit registers (AVX2 with FMA): x86-64 servers and desktops since 2013.</summary>
    Vector256,

    /// <summary>512-bit registers (AVX-512): x86-64 servers since 2017, desktops since Zen 4.</summary>
    Vector512,
}
