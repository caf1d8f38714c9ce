namespace DiceLoss.Cpu.Kernels;

/// <summary>Which labels are what.</summary>
/// <param name="FirstLabel">The label of class 0; lower ones that are not negative belong to no class.</param>
/// <param name="Limit">Labels from 0 up to, but not including, this one count.</param>
/// <param name="IgnoreLabel">This one does not, even if it is in that range.</param>
internal readonly record struct LabelRule(int FirstLabel, long Limit, long IgnoreLabel)
{
    /// <summary>Whether the ignored label can be told from others after clamping to 32 bits.</summary>
    public bool IgnoreFitsInt32 => IgnoreLabel is > int.MinValue and < int.MaxValue;
}
