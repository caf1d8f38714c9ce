namespace DiceLoss.Cuda.Conformance.Checks;

/// <summary>All checks, those first that tell most about what is wrong with the others.</summary>
internal static class CheckList
{
    public static IReadOnlyList<Check> All { get; } =
        [.. CaseChecks.All, .. NotFiniteChecks.All, .. TargetChecks.All, .. BitChecks.All, .. StreamChecks.All, .. MemoryChecks.All, .. MadeGradientChecks.All, .. LargeChecks.All];
}
