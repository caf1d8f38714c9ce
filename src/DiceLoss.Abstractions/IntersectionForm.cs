namespace DiceLoss;

/// <summary>
/// How a probability p and a target t are combined in the intersection I. If t is 0 or 1, both forms are p t; where p = t exactly, their slopes differ.
/// </summary>
public enum IntersectionForm
{
    /// <summary>The default: p*t. With soft targets the loss is least where p is 0 or 1, not where p = t.</summary>
    Product,

    /// <summary>
    /// (p + t - |p - t|) / 2, the lesser of p and t; where they are equal, its derivative is 1/2. With soft targets the loss is 0 where p = t.
    /// Values count as equal if the type of computation cannot tell them apart. For exponent 1; its counterpart for exponent 2 is the product.
    /// </summary>
    /// <remarks>Z. Wang, T. Popordanoska, J. Bertels, R. Lemmens, M. B. Blaschko, "Dice semimetric losses", MICCAI 2023.</remarks>
    Minimum,
}
