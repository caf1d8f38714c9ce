namespace DiceLoss;

/// <summary>What the sum of the class losses is divided by when there are no class weights.</summary>
public enum ClassAverage
{
    /// <summary>The default: the number of classes, the ignored one included.</summary>
    All,

    /// <summary>The number of classes that are not ignored.</summary>
    Included,
}
