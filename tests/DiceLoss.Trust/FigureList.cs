using DiceLoss.Trust.Figures.Accuracy;
using DiceLoss.Trust.Figures.Faults;
using DiceLoss.Trust.Figures.Guarded;
using DiceLoss.Trust.Figures.Hostile;
using DiceLoss.Trust.Figures.Poisoned;
using DiceLoss.Trust.Figures.SameBits;
using DiceLoss.Trust.Figures.Size;

namespace DiceLoss.Trust;

/// <summary>Every figure, in the order of the report: one line each.</summary>
internal static class FigureList
{
    public static IReadOnlyList<Figure> All { get; } =
    [
        new SameBitsThreads(),
        new SameBitsLevels(),
        new SameBitsNativeAot(),
        new SameBitsArm64(),
        new SameBitsMachines(),
        new ElementaryFunctions(),
        new Accuracy("1", "a single voxel", period: 0, repetitions: 1, shortCases: 25),
        new Accuracy("1e3", "10^3 voxels", period: 999, repetitions: 1, shortCases: 25),
        new Accuracy("1e6", "10^6 voxels", period: 1 << 14, repetitions: 1 << 6, shortCases: 25),
        new Accuracy("1e8", "10^8 voxels", period: 1 << 14, repetitions: 96 << 6, shortCases: 5),
        new Accuracy("1e9", "10^9 voxels", period: 1 << 14, repetitions: 954 << 6, shortCases: 0),
        new RanksAndClasses(),
        new ManyElements(),
        new Refusals(),
        new Bounds(),
        new NotFinite(),
        new FailedAllocations(),
        new HeapLimit(),
        new WorkerFailures(),
        new Cancellation(),
        new ConcurrentCallers(),
        new StarvedPool(),
        new TorchStorm(),
        new HostileInput(),
    ];
}
