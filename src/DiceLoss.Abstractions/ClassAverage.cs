namespace DiceLoss;

/// <summary>What the class losses are averaged over: their sum is divided by the number of these classes, or by the sum of their weights.</summary>
public enum ClassAverage
{
    /// <summary>The default: all classes, including those that are left out.</summary>
    All,

    /// <summary>The classes that are not left out.</summary>
    Included,
}
