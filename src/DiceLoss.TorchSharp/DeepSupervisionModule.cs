using System.Diagnostics.CodeAnalysis;
using static global::TorchSharp.torch;

namespace DiceLoss.TorchSharp;

/// <summary>
/// A loss of all outputs of a network with deep supervision, called with a list of logits, finest first, and targets in full resolution.
/// <c>torch.nn.DeepSupervisionLoss</c> makes it.
/// </summary>
/// <remarks>
/// sum_l w_l L(logits_l, targets_l). Targets and voxel weights are resized to each level by taking the nearest voxel, as
/// <see cref="DeepSupervision"/> defines it: read in place if the resolution is a whole multiple of the level's, otherwise copied in the
/// resolution of the level. A level with weight 0 is not computed and gets no gradient. The logits of the levels may differ in type; the
/// loss is float64 if those of any level with a weight other than 0 are, otherwise float32.
/// </remarks>
[SuppressMessage("Naming", "CA1707", Justification = "Named as TorchSharp names its functions.")]
public sealed class DeepSupervisionModule : LossModule<IReadOnlyList<Tensor>>
{
    private readonly DiceLossModule _loss;

    internal DeepSupervisionModule(string name, DiceLossModule loss, LevelWeights weights)
        : base(name)
    {
        (_loss, Weights) = (loss, weights);
        register_module("loss", loss);
    }

    /// <summary>What is computed for each level.</summary>
    public DiceOptions Options => _loss.Options;

    /// <summary>The weight of each level.</summary>
    public LevelWeights Weights { get; }

    /// <inheritdoc/>
    public override Tensor forward(IReadOnlyList<Tensor> logits, Tensor targets, Tensor? voxel_weights, Tensor? annotated = null)
    {
        ArgumentNullException.ThrowIfNull(logits);
        if (logits.Count == 0) throw new ArgumentException("There are no logits; there is one tensor for each level, finest first.", nameof(logits));
        double[] weights = Weights.For(logits.Count);

        int[] levels = [.. Enumerable.Range(0, weights.Length).Where(l => weights[l] != 0)];
        foreach (int l in levels)
        {
            TensorChecks.Logits(logits[l]);
            TensorChecks.OneNetwork(logits[l], logits[levels[0]]);
        }

        using var scope = NewDisposeScope();
        List<Tensor> losses = [.. levels.Select(l => OfLevel(logits[l], targets, voxel_weights, annotated))];
        Tensor sum = WeightedSum(losses, [.. levels.Select(l => weights[l])]);
        GC.KeepAlive(logits);
        return sum.MoveToOuterDisposeScope();
    }

    /// <summary>The module as text, such as <c>DeepSupervisionLoss(weights: Halved, loss: DiceLoss(...))</c>.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => $"{GetName()}(weights: {Weights}, loss: {_loss})";

    private Tensor OfLevel(Tensor logits, Tensor targets, Tensor? voxelWeights, Tensor? annotated)
    {
        TensorChecks.Targets(targets, logits);
        if (logits.dim() < 2) return _loss.call(logits, targets); // which says what is wrong

        long[] space = logits.shape[2..];
        TensorChecks.Resizable(targets, space, nameof(targets), isMaps: targets.dim() == logits.dim());
        if (voxelWeights is not null)
        {
            TensorChecks.VoxelWeights(voxelWeights, logits);
            TensorChecks.Resizable(voxelWeights, space, nameof(voxelWeights), isMaps: false);
        }

        Tensor targetsOfLevel = NearestVoxels.Of(targets, space);
        Tensor? weightsOfLevel = voxelWeights is null ? null : NearestVoxels.Of(voxelWeights, space);
        GC.KeepAlive(targets);
        GC.KeepAlive(voxelWeights);
        return _loss.call(logits, targetsOfLevel, weightsOfLevel, annotated);
    }

    // Of tensors alone: TorchSharp's scalars can be freed by a garbage collection while libtorch reads them.
    private static Tensor WeightedSum(List<Tensor> losses, double[] weights)
    {
        Tensor all = stack(losses);
        long[] along = new long[all.dim()];
        Array.Fill(along, 1);
        along[0] = weights.Length;
        Tensor sum = (all * tensor(weights, dtype: all.dtype, device: all.device).reshape(along)).sum(0L);
        GC.KeepAlive(losses);
        return sum;
    }
}
