using static global::TorchSharp.torch;

namespace DiceLoss.TorchSharp;

/// <summary>What logits are compared with, as tensors that have passed <see cref="TensorChecks"/>.</summary>
/// <param name="Values">Labels (N, *spatial) or maps (N, C, *spatial).</param>
/// <param name="VoxelWeights">(N, *spatial) or (1, *spatial); <see langword="null"/> for 1 each.</param>
/// <param name="Annotated">(N, K), row-major, in main memory; empty for all.</param>
internal sealed record TensorTargets(Tensor Values, Tensor? VoxelWeights, bool[] Annotated)
{
    /// <summary>Describes them. The caller keeps them alive while the view is used.</summary>
    public DiceTargets View() => new(TensorView.Of(Values))
    {
        VoxelWeights = VoxelWeights is null ? default : TensorView.Of(VoxelWeights),
        Annotated = Annotated,
    };

    /// <summary>Keeps the tensors alive until here.</summary>
    public void KeepAlive()
    {
        GC.KeepAlive(Values);
        GC.KeepAlive(VoxelWeights);
    }
}
