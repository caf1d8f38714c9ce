using static TorchSharp.torch;

namespace BrainSegmentation.Losses;

/// <summary>A loss of logits (N, C, D, H, W) and labels (N, D, H, W).</summary>
internal interface ISegmentationLoss : IDisposable
{
    /// <summary>What to call it on the screen.</summary>
    string Name { get; }

    /// <summary>The element type that it wants labels in.</summary>
    ScalarType LabelType { get; }

    /// <summary>The loss, a scalar that <c>backward()</c> can be called on.</summary>
    Tensor Call(Tensor logits, Tensor labels);
}
