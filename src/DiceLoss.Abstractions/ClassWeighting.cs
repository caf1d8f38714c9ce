namespace DiceLoss;

/// <summary>How class weights are applied.</summary>
public enum ClassWeighting
{
    /// <summary>The default: sum_k w_k L[n,k].</summary>
    Raw,

    /// <summary>The same, divided by the sum of the weights of the classes that are averaged over.</summary>
    Normalized,
}
