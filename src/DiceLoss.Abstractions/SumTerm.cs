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

    /// <summary>S = sum -log p over the voxels of the class; 0 unless <see cref="VoxelTerm"/> asks for it.</summary>
    LogLoss,

    /// <summary>Q = sum -log p over all voxels that count; 0 unless <see cref="VoxelTerm"/> asks for it.</summary>
    UniformLogLoss,
}
