namespace DiceLoss;

/// <summary>
/// The sums over voxels that losses are made of; each is one number per sample and class. With w the weight of a voxel (1 unless weights
/// are given), p the probability of the class and t its target (1 or 0 for labels); over the voxels that count for the class.
/// </summary>
public enum SumTerm
{
    /// <summary>I = sum w p t, or sum w min(p, t); see <see cref="IntersectionForm"/>.</summary>
    Intersection,

    /// <summary>P = sum w p^e.</summary>
    PredictionMass,

    /// <summary>T = sum w t^e.</summary>
    LabelMass,

    /// <summary>M = sum w: the voxels that count.</summary>
    VoxelMass,

    /// <summary>S = sum w t (-log p); 0 unless <see cref="VoxelTerm"/> asks for it.</summary>
    LogLoss,

    /// <summary>Q = sum w (-log p); 0 unless <see cref="VoxelTerm"/> asks for it.</summary>
    UniformLogLoss,

    /// <summary>sum w (1 - t) (-log(1 - p)); 0 unless <see cref="VoxelTerm"/> asks for it.</summary>
    ComplementLogLoss,

    /// <summary>sum w t (1 - p)^gamma (-log p); 0 unless <see cref="VoxelTerm"/> asks for it.</summary>
    FocalLoss,

    /// <summary>sum w (1 - t) p^gamma (-log(1 - p)); 0 unless <see cref="VoxelTerm"/> asks for it.</summary>
    ComplementFocalLoss,

    /// <summary>sum w h t, with h = 1 where the class is predicted, else 0; 0 unless <see cref="HardPrediction"/> asks for it.</summary>
    HardIntersection,

    /// <summary>sum w h; 0 unless <see cref="HardPrediction"/> asks for it.</summary>
    HardPredictionMass,
}
