namespace DiceLoss;

/// <summary>The sums over voxels that losses are made of; each is one number per sample and class.</summary>
public enum SumTerm
{
    /// <summary>I = sum p*t.</summary>
    Intersection,

    /// <summary>P = sum p^e.</summary>
    PredictionMass,

    /// <summary>T = sum t.</summary>
    LabelMass,
}
