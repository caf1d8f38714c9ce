using System.Diagnostics.CodeAnalysis;

namespace DiceLoss;

/// <summary>
/// Runs the two voxel loops on some device. It knows only what <see cref="DiceProblem"/> says, and nothing about losses: any loss works on
/// any provider. Safe to call from several threads at once.
/// </summary>
public interface IDiceProvider
{
    /// <summary>A short name that is unique among providers, such as <c>cpu</c>.</summary>
    string Name { get; }

    /// <summary>Whether this provider takes a problem.</summary>
    /// <param name="device">Where the tensors are.</param>
    /// <param name="logits">The type of the logits.</param>
    /// <param name="targets">The type of the labels or maps.</param>
    /// <param name="reason">Why not, as a sentence; <see langword="null"/> when it does.</param>
    /// <returns>Whether it does.</returns>
    bool Supports(Device device, ElementType logits, ElementType targets, [NotNullWhen(false)] out string? reason);

    /// <summary>Reads logits and targets once and adds the problem's sums to a destination.</summary>
    /// <param name="problem">A checked problem.</param>
    /// <param name="destination">Sums for the problem's samples and classes, all 0 before the call. Filled; unspecified if targets are invalid.</param>
    /// <returns>The invalid targets that were found. No invalid label was counted or used as an index.</returns>
    /// <exception cref="OperationCanceledException">The problem's token was cancelled.</exception>
    InvalidTargets Sums(in DiceProblem problem, DiceSums destination);

    /// <summary>Reads logits and targets once and writes the gradient of the loss with respect to the logits.</summary>
    /// <param name="problem">A checked problem, as in <see cref="Sums"/>.</param>
    /// <param name="coefficients">The derivatives of the loss with respect to the sums.</param>
    /// <param name="upstream">
    /// The upstream factor, on the problem's device: shape (), (N) or (N, K), floating point; if the address is 0, the factor is 1. It is
    /// applied before rounding to the destination's type.
    /// </param>
    /// <param name="destination">
    /// Where to write the gradient: shape and type of the logits, any strides without overlap; it may be the logits themselves. Overwritten, but may be left as it is if
    /// <see cref="DiceProblem.MadeFor"/> equals <paramref name="upstream"/>.
    /// </param>
    /// <exception cref="OperationCanceledException">The problem's token was cancelled; the destination is unspecified.</exception>
    /// <exception cref="InvalidOperationException">A target is invalid (it was valid when the sums were computed); the destination is unspecified.</exception>
    void Gradient(in DiceProblem problem, DiceCoefficients coefficients, in TensorDescriptor upstream, in TensorDescriptor destination);
}
