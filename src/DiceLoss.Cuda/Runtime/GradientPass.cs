using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using DiceLoss.Cuda.Compilation;

namespace DiceLoss.Cuda.Runtime;

/// <summary>
/// The backward pass: coefficients to the device, then the gradient. It waits for nothing, copies nothing from main memory, and once a
/// stream has seen a forward pass of the same size it allocates nothing.
/// </summary>
internal static unsafe class GradientPass
{
    /// <summary>Writes the gradient. Within <see cref="CudaDevice.Enter"/>.</summary>
    /// <param name="device">Where the tensors are.</param>
    /// <param name="problem">A problem with voxels.</param>
    /// <param name="coefficients">The derivatives of the loss by the sums.</param>
    /// <param name="upstream">The factor of the result.</param>
    /// <param name="destination">Where to.</param>
    public static void Make(
        CudaDevice device, in DiceProblem problem, DiceCoefficients coefficients, in TensorDescriptor upstream, in TensorDescriptor destination)
    {
        LoadedKernel store = device.Kernel(KernelName.Store, default);
        LoadedKernel gradient = device.Kernel(KernelName.Gradient, KernelSpecialisation.ForGradient(problem, destination));

        var plan = new GradientPlan(problem, gradient.Specialisation, device.Multiprocessors);
        var described = new KernelProblem(problem, gradient.Specialisation);
        KernelLayout ofGradient = KernelProblem.Layout(destination, 2, "gradient");
        KernelUpstream factor = new(upstream), madeFor = new(problem.MadeFor);
        nint address = destination.Address, notLookedFor = 0;
        Workspace workspace = device.WorkspaceOf(problem.Stream);
        lock (workspace.Gate)
        {
            nint memory = workspace.Reserve(plan.Bytes), blocks = plan.CoefficientsOfBlocks(memory);
            bool shared = AreShared(coefficients, problem.Samples);
            long stride = shared ? 0 : plan.Count;
            Store(new NumberStore(device.Driver, store, problem.Stream), memory, coefficients, gradient.Specialisation, shared ? 1 : problem.Samples);
            device.Driver.Launch(
                gradient.Function,
                plan.Grid,
                (uint)gradient.Specialisation.Block,
                problem.Stream,
                [
                    (nint)(&described), (nint)(&memory), (nint)(&stride), (nint)(&factor), (nint)(&madeFor), (nint)(&address), (nint)(&ofGradient),
                    (nint)(&blocks), (nint)(&notLookedFor),
                ]);
        }
    }

    // Samples that were pooled have one row of coefficients, and are given the same one each.
    private static bool AreShared(DiceCoefficients coefficients, long samples) =>
        samples > 1
        && !coefficients[SumTerm.Intersection, 0].IsEmpty
        && Unsafe.AreSame(
            in MemoryMarshal.GetReference(coefficients[SumTerm.Intersection, 0]), in MemoryMarshal.GetReference(coefficients[SumTerm.Intersection, 1]));

    private static void Store(NumberStore store, nint destination, DiceCoefficients coefficients, in KernelSpecialisation kernel, long samples)
    {
        Span<SumTerm> room = stackalloc SumTerm[TermOrder.MostTerms];
        Span<double> numbers = stackalloc double[KernelConstants.StoredNumbers];
        int count = 0;
        for (long sample = 0; sample < samples; sample++)
        {
            foreach (SumTerm term in TermOrder.OfCoefficients(kernel, room))
            {
                ReadOnlySpan<double> row = coefficients[term, sample];
                for (int k = 0; k < coefficients.Classes; k++)
                {
                    numbers[count++] = row.IsEmpty ? 0 : row[k];
                    if (count < numbers.Length) continue;
                    store.Write(destination, numbers);
                    destination += count * sizeof(double);
                    count = 0;
                }
            }
        }

        if (count > 0) store.Write(destination, numbers[..count]);
    }
}
