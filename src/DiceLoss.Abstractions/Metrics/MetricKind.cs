namespace DiceLoss;

/// <summary>How a hard prediction is scored.</summary>
public enum MetricKind
{
    /// <summary>2H / (Q + T).</summary>
    Dice,

    /// <summary>H / (Q + T - H), intersection over union.</summary>
    Iou,
}
