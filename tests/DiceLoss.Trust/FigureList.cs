using DiceLoss.Trust.Figures;

namespace DiceLoss.Trust;

/// <summary>Every figure, in the order of the report: one line each.</summary>
internal static class FigureList
{
    public static IReadOnlyList<Figure> All { get; } =
    [
        new Sizes(),
    ];
}
