using DiceLoss.Cuda.Compilation;

namespace DiceLoss.Cuda.Runtime;

/// <summary>The forward pass: segments, then samples, then one copy to the host, which is waited for.</summary>
internal static unsafe class SumsPass
{
    /// <summary>Adds up the voxels of every sample. Within <see cref="CudaDevice.Enter"/>.</summary>
    /// <param name="device">Where the tensors are.</param>
    /// <param name="problem">A problem with voxels.</param>
    /// <param name="destination">Where to.</param>
    /// <returns>What was found among the targets.</returns>
    public static InvalidTargets Make(CudaDevice device, in DiceProblem problem, DiceSums destination)
    {
        KernelSpecialisation wanted = KernelSpecialisation.ForSums(problem);
        LoadedKernel store = device.Kernel(KernelName.Store, default);
        LoadedKernel collect = device.Kernel(KernelName.Collect, wanted.ForCollect());
        LoadedKernel sums = device.Kernel(KernelName.Sums, wanted);

        var plan = new SumsPlan(problem, sums.Specialisation, device.Multiprocessors);
        var described = new KernelProblem(problem, sums.Specialisation) { SegmentsPerSample = plan.SegmentsPerSample, TilesPerSegment = plan.TilesPerSegment };
        KernelProblem inRows = described with { SegmentsPerSample = plan.RowsPerSample };
        Workspace workspace = device.WorkspaceOf(problem.Stream);
        lock (workspace.Gate)
        {
            // What backward will need, too, so that it need not allocate.
            nint memory = workspace.Reserve(Math.Max(plan.Bytes, new GradientPlan(problem, wanted.Fallback(), device.Multiprocessors).Bytes));
            nint found = SumsPlan.Found(memory), sumsOfSamples = SumsPlan.Sums(memory), partials = plan.Partials(memory);
            int count = plan.Count;

            KernelFound nothing = KernelFound.Nothing;
            new NumberStore(device.Driver, store, problem.Stream).Write(found, new ReadOnlySpan<double>(&nothing, sizeof(KernelFound) / sizeof(double)));
            device.Driver.Launch(
                sums.Function, plan.Grid, (uint)sums.Specialisation.Block, problem.Stream, [(nint)(&described), (nint)(&partials), (nint)(&found)]);
            device.Driver.Launch(
                collect.Function,
                plan.CollectGrid(problem.Samples),
                KernelConstants.BlockOfHelpers,
                problem.Stream,
                [(nint)(&inRows), (nint)(&partials), (nint)(&sumsOfSamples), (nint)(&count), (nint)(&found)]);

            void* host = workspace.ReserveHost(plan.ResultBytes);
            try
            {
                device.Driver.CopyToHost(host, memory, plan.ResultBytes, problem.Stream);
                device.Driver.Synchronize(problem.Stream);
            }
            catch
            {
                workspace.LeaveHost();
                throw;
            }

            InvalidTargets invalid = ((KernelFound*)host)->ToInvalidTargets(problem);
            if (invalid.Count == 0) Fill(destination, sums.Specialisation, (CompensatedSum*)((KernelFound*)host + 1), count);
            GC.KeepAlive(workspace); // or its memory might be freed while it is read, where nobody keeps the provider
            return invalid;
        }
    }

    private static void Fill(DiceSums destination, in KernelSpecialisation kernel, CompensatedSum* sums, int count)
    {
        Span<SumTerm> room = stackalloc SumTerm[TermOrder.MostTerms];
        ReadOnlySpan<SumTerm> terms = TermOrder.OfSums(kernel, room);
        for (long sample = 0; sample < destination.Samples; sample++, sums += count)
        {
            for (int term = 0; term < terms.Length; term++)
            {
                Span<CompensatedSum> ofTerm = destination[terms[term], sample];
                for (int k = 0; k < ofTerm.Length; k++) ofTerm[k] = Normal(sums[(term * ofTerm.Length) + k]);
            }

            if (!TermOrder.HasVoxelMasses(kernel)) destination[SumTerm.VoxelMass, sample].Fill(Normal(sums[count - 1]));
        }
    }

    // The kernel's compensation may be more than half a unit in the last place of the sum.
    private static CompensatedSum Normal(CompensatedSum sum) => new CompensatedSum(sum.Value, 0) + new CompensatedSum(sum.Compensation, 0);
}
