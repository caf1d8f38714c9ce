using DiceLoss.Fuzz.Targets;

namespace DiceLoss.Fuzz;

/// <summary>Every target: one line each.</summary>
internal static class TargetList
{
    public static IReadOnlyList<Target> All { get; } =
    [
        new Shapes(),
        new Spans(),
        new Strides(),
        new Options(),
        new Labels(),
        new Nifti(),
    ];

    public static Target Named(string name) => All.Single(target => target.Name == name);
}
