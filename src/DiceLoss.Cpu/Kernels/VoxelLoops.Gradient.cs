using System.Runtime.CompilerServices;
using DiceLoss.Cpu.Operators;
using DiceLoss.Cpu.Simd;

namespace DiceLoss.Cpu.Kernels;

// The gradient of a run of blocks, a step of voxels after the other.
internal sealed unsafe partial class VoxelLoops<TLanes, TVector, T, TElement, TActivation, TExponent, TTarget, TTerm>
{
    // It is where little is computed between the stores of a step: in the last loop of a softmax, and where a term is added apart. Measured on Zen 3, with AVX2,
    // where a step is half a block; of other types than float32 it is not. An Intel Emerald Rapids takes 1.1 to 1.2 times as long by the panel, at either width.
    public override bool GainsByPanel => Processor.IsAmd && TElement.Size == sizeof(float) && 2 * Step == Block
        && (TActivation.AddsTermApart<TTarget, TTerm>() || (TActivation.ClassesCompete && !TTerm.HasLogLoss));

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Gradient(in KernelShape shape, in BlockRun run, Scratch scratch)
    {
        nint stepBytes = Step * TElement.Size;
        var voxels = new GradientVoxels<T>
        {
            Logits = run.Logits,
            ChannelStride = run.ChannelStride,
            Labels = (T*)scratch.Labels + run.FirstLabel,
            Targets = (T*)scratch.Targets,
            TargetStride = scratch.TargetStride,
            Weights = (T*)scratch.Weights + run.FirstLabel,
            ByIntersection = (T*)scratch.Coefficients(SumTerm.Intersection),
            ByPredictionMass = (T*)scratch.Coefficients(SumTerm.PredictionMass),
            ByLogLoss = (T*)scratch.Coefficients(SumTerm.LogLoss),
            ByUniformLogLoss = (T*)scratch.Coefficients(SumTerm.UniformLogLoss),
            ByComplementLogLoss = (T*)scratch.Coefficients(SumTerm.ComplementLogLoss),
            ByFocalLoss = (T*)scratch.Coefficients(SumTerm.FocalLoss),
            ByComplementFocalLoss = (T*)scratch.Coefficients(SumTerm.ComplementFocalLoss),
            UniformLogLossSum = T.CreateSaturating(scratch.UniformLogLossSum),
            Gamma = T.CreateSaturating(shape.FocalGamma),
            Classes = shape.Classes,
            Exponent = shape.Exponent,
            Rows = (T*)scratch.Rows,
            RowStride = Step,
            Scales = (T*)scratch.Scales,
            Gradient = run.Gradient,
            GradientStride = run.GradientStride,
            AllCount = run.AllCount,

            // A line that is written past the caches in parts is written several times.
            Streams = run.Streams && stepBytes % LanePattern.CacheLine == 0 && (nint)run.Gradient % LanePattern.CacheLine == 0,
        };
        for (int block = 0; block < run.Blocks; block++)
        {
            run.AskAhead(block);
            for (int voxel = 0; voxel < Block; voxel += Step)
            {
                TActivation.Backpropagate<FourLanes<TLanes, TVector, T>, Four<TVector>, T, TElement, TExponent, TTarget, TTerm>(voxels);
                if (TActivation.AddsTermApart<TTarget, TTerm>()) AddTerm(shape, voxels);
                voxels.Logits += stepBytes;
                voxels.Labels += Step;
                voxels.Targets += Step;
                voxels.Weights += Step;
                voxels.Gradient += stepBytes;
            }
        }
    }

    // Register by register, then all at once to memory.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddTerm(in KernelShape shape, in GradientVoxels<T> voxels)
    {
        if (!TTerm.HasFocalLoss)
        {
            TActivation.AddTerm<FourLanes<TLanes, TVector, T>, Four<TVector>, T, TTarget, TTerm>(voxels);
            voxels.WriteFirstRows<FourLanes<TLanes, TVector, T>, Four<TVector>, TElement>(shape.Channels);
            return;
        }

        GradientVoxels<T> register = voxels;
        for (int voxel = 0; voxel < Step; voxel += TLanes.Count)
        {
            TActivation.AddTerm<TLanes, TVector, T, TTarget, TTerm>(register);
            register.Advance(TLanes.Count);
        }

        voxels.WriteFirstRows<FourLanes<TLanes, TVector, T>, Four<TVector>, TElement>(shape.Channels);
    }
}
