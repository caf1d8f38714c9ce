using DiceLoss.Bench.Inputs;

namespace DiceLoss.Bench.Rivals;

/// <summary>Another way to compute the same loss (default options) and its gradient.</summary>
internal interface IRival
{
    /// <summary>What it is called in tables and results.</summary>
    string Name { get; }

    /// <summary>Whether it computes the loss of such logits and labels.</summary>
    bool Takes(ProblemShape shape);

    /// <summary>Whether it allocates its gradient in every step, as autograd does.</summary>
    bool AllocatesGradient { get; }

    /// <summary>Forward and backward, once.</summary>
    /// <param name="inputs">Logits and labels.</param>
    /// <param name="gradient">Where to copy the gradient by the logits, row-major; <see langword="null"/> to leave it where it was computed.</param>
    /// <returns>The loss.</returns>
    double Step(RivalInputs inputs, double[]? gradient = null);
}
