namespace DiceLoss.Testing;

/// <summary>How the elements of a test tensor lie in memory.</summary>
public enum Layout
{
    /// <summary>Row-major without gaps, described without strides.</summary>
    Contiguous,

    /// <summary>Dimension 1 innermost: channels-last for logits.</summary>
    ChannelsLast,

    /// <summary>Cut out of a larger row-major tensor: a gap after every row, plane and volume.</summary>
    Cropped,

    /// <summary>Every second element of the innermost dimension, and every third of the outermost.</summary>
    Stepped,

    /// <summary>Dimensions in an order that depends on the seed.</summary>
    Permuted,

    /// <summary>Negative strides in every dimension.</summary>
    Reversed,

    /// <summary>One sample for the whole batch: stride 0 in dimension 0. To be read only.</summary>
    Expanded,
}

/// <summary>Where a test tensor's memory lies.</summary>
public enum Placement
{
    /// <summary>Anywhere, with a margin on both sides that must not change.</summary>
    Anywhere,

    /// <summary>The first byte follows a page that cannot be read.</summary>
    AfterGuard,

    /// <summary>The last byte precedes a page that cannot be read.</summary>
    BeforeGuard,
}
