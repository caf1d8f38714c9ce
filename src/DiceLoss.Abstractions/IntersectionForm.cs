namespace DiceLoss;

/// <summary>How a probability p meets a target t in the intersection I. For t of 0 and 1 both are p t; where p = t exactly, their slopes differ.</summary>
public enum IntersectionForm
{
    /// <summary>The default: p*t. With soft targets the loss is least where p is 0 or 1, not where it is t.</summary>
    Product,

    /// <summary>
    /// (p + t - |p - t|) / 2, the lesser of the two; where they are equal, its derivative is 1/2. With soft targets the loss is 0 where p = t.
    /// Equal is what the type that is computed in cannot tell apart. For exponent 1; its counterpart for exponent 2 is the product.
    /// </summary>
    /// <remarks>Z. Wang, T. Popordanoska, J. Bertels, R. Lemmens, M. B. Blaschko, "Dice semimetric losses", MICCAI 2023.</remarks>
    Minimum,
}
