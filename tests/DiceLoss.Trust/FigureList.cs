using DiceLoss.Trust.Figures;

namespace DiceLoss.Trust;

/// <summary>Every figure, in the order of the report: one line each.</summary>
internal static class FigureList
{
    public static IReadOnlyList<Figure> All { get; } =
    [
        new Sizes(),
        new Bounds(),
        new NotFinite(),
        new FailedAllocations(),
        new HeapLimit(),
        new WorkerFailures(),
        new Cancellation(),
        new ConcurrentCallers(),
        new StarvedPool(),
        new TorchStorm(),
    ];
}
