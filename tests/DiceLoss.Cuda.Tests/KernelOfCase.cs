using DiceLoss.Cuda.Compilation;
using DiceLoss.Testing;

namespace DiceLoss.Cuda.Tests;

/// <summary>What a case is computed with.</summary>
internal static class KernelOfCase
{
    /// <summary>The kernel that the sums of a case are made with.</summary>
    public static KernelSpecialisation Sums(Case what)
    {
        KernelSpecialisation kernel = default;
        using var run = new CaseRun(what);
        run.Forward(new ProblemProbe((in DiceProblem problem) => kernel = KernelSpecialisation.ForSums(problem)));
        return kernel;
    }
}
