using System.Runtime.CompilerServices;
using DiceLoss.Cpu.Operators;
using DiceLoss.Cpu.Simd;

namespace DiceLoss.Cpu.Kernels;

// What is compared with labels: one class for every voxel.
internal sealed unsafe partial class VoxelLoops<TLanes, TVector, T, TElement, TActivation, TExponent, TTarget, TTerm>
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void SumsOfLabels(in KernelShape shape, int voxels, T* labels, Scratch scratch)
    {
        for (int lane = 0; lane < Line; lane += TLanes.Count)
        {
            SumsOfLanes(shape, lane, voxels, labels + lane, scratch);
            if (!TTerm.HasFocalLoss && !TTerm.HasUniformLogLoss) continue;
            for (int first = lane; first < voxels; first += LanePattern.Column * Line) TermOfLanes(shape, first, labels + first, scratch);
        }
    }

    // The voxels of one register of lanes, four of each at a time: adds p*t, p^e, t and -log p of their own class to the accumulators, class by class; or
    // of -log p only the distance, and the sum of exponentials to the product. One loop, since a class is compared with the labels once for all of them.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void SumsOfLanes(in KernelShape shape, int lane, int voxels, T* labels, Scratch scratch)
    {
        int line = Line, block = LanePattern.Column * line, stride = scratch.RowVoxels, classes = shape.Classes, exponent = shape.Exponent;
        bool multiplies = MultipliesSums(classes);
        T* rows = (T*)scratch.Rows + lane, scales = (T*)scratch.Scales + lane, sums = (T*)scratch.Accumulators + lane;
        T* logLosses = (T*)scratch.LogLosses + lane, exponentials = (T*)scratch.LogSums + lane;
        nint counts = (SumCount + shape.HardTerms) * (nint)classes * line;
        for (; voxels > 0; voxels -= block, labels += block, rows += block, scales += block, logLosses += block, exponentials += block)
        {
            TVector scale0 = TLanes.Load(scales), scale1 = TLanes.Load(scales + line);
            TVector scale2 = TLanes.Load(scales + (2 * line)), scale3 = TLanes.Load(scales + (3 * line));
            TVector label0 = TLanes.Load(labels), label1 = TLanes.Load(labels + line);
            TVector label2 = TLanes.Load(labels + (2 * line)), label3 = TLanes.Load(labels + (3 * line));
            TVector loss0 = TLanes.Zero, loss1 = TLanes.Zero, loss2 = TLanes.Zero, loss3 = TLanes.Zero;
            if (TTerm.HasLogLoss)
            {
                (loss0, loss1) = (TLanes.Load(logLosses), TLanes.Load(logLosses + line));
                (loss2, loss3) = (TLanes.Load(logLosses + (2 * line)), TLanes.Load(logLosses + (3 * line)));
            }

            TVector sum0 = TLanes.Zero, sum1 = TLanes.Zero, sum2 = TLanes.Zero, sum3 = TLanes.Zero;
            if (multiplies)
            {
                (sum0, sum1) = (TLanes.Load(exponentials), TLanes.Load(exponentials + line));
                (sum2, sum3) = (TLanes.Load(exponentials + (2 * line)), TLanes.Load(exponentials + (3 * line)));
            }

            TVector index = TLanes.Zero;
            T* logLoss = sums + (LogLossPlace * (nint)classes * line);
            T* intersection = sums, predictionMass = sums + ((nint)classes * line), labelMass = sums + counts, row = rows, product = (T*)scratch.Products + lane;
            for (int k = 0; k < classes; k++)
            {
                TVector p0 = Scaled(scale0, row), p1 = Scaled(scale1, row + line), p2 = Scaled(scale2, row + (2 * line)), p3 = Scaled(scale3, row + (3 * line));

                TVector i = SumOfClass(index, label0, label1, label2, label3, p0, p1, p2, p3);
                TVector p = TLanes.Add(
                    TLanes.Add(Power(p0, exponent), Power(p1, exponent)), TLanes.Add(Power(p2, exponent), Power(p3, exponent)));
                TVector t = TLanes.Load(labelMass);
                t = TLanes.CountWhereEqual(t, index, label0);
                t = TLanes.CountWhereEqual(t, index, label1);
                t = TLanes.CountWhereEqual(t, index, label2);
                t = TLanes.CountWhereEqual(t, index, label3);
                TLanes.Store(intersection, TLanes.Add(i, TLanes.Load(intersection)));
                TLanes.Store(predictionMass, TLanes.Add(p, TLanes.Load(predictionMass)));
                TLanes.Store(labelMass, t);
                if (TTerm.HasLogLoss)
                {
                    TVector loss = SumOfClass(index, label0, label1, label2, label3, loss0, loss1, loss2, loss3);
                    TLanes.Store(logLoss, TLanes.Add(loss, TLanes.Load(logLoss)));
                    logLoss += line;
                }

                if (multiplies)
                {
                    TVector s = TLanes.Load(product);
                    s = TLanes.MultiplyWhereEqual(s, index, label0, sum0);
                    s = TLanes.MultiplyWhereEqual(s, index, label1, sum1);
                    s = TLanes.MultiplyWhereEqual(s, index, label2, sum2);
                    s = TLanes.MultiplyWhereEqual(s, index, label3, sum3);
                    TLanes.Store(product, s);
                    product += line;
                }

                index = TLanes.Add(index, TLanes.One);
                row += stride;
                intersection += line;
                predictionMass += line;
                labelMass += line;
            }
        }
    }

    // Adds the logarithms of the products to the sums of the classes, and begins them anew.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void TakeLogarithmsOfProducts(in KernelShape shape, Scratch scratch)
    {
        nint count = (nint)shape.Classes * Line;
        T* products = (T*)scratch.Products, logLosses = (T*)scratch.Accumulators + (LogLossPlace * count);
        for (nint i = 0; i < count; i += TLanes.Count)
        {
            TVector log = Logarithm.OfPositive<TLanes, TVector, T>(TLanes.Load(products + i));
            TLanes.Store(logLosses + i, TLanes.Add(TLanes.Load(logLosses + i), log));
            TLanes.Store(products + i, TLanes.One);
        }
    }

    // From -log p to the focal loss.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void TakeFocalLosses(in KernelShape shape, int voxels, Scratch scratch)
    {
        T gamma = T.CreateSaturating(shape.FocalGamma);
        for (int voxel = 0; voxel < voxels; voxel += TLanes.Count)
        {
            TVector loss = TLanes.Load((T*)scratch.LogLosses + voxel);
            TVector q = TLanes.Subtract(TLanes.One, Exponential.OfNegated<TLanes, TVector, T>(loss));
            TLanes.Store((T*)scratch.FocalLosses + voxel, TLanes.Multiply(Focus.Power<TLanes, TVector, T>(q, gamma), loss));
        }
    }

    // Four voxels of each lane of a register: adds the focal loss of their own class, and -log p of every class, where they are asked for.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void TermOfLanes(in KernelShape shape, int first, T* labels, Scratch scratch)
    {
        int line = Line, lane = first % line;
        nint classes = shape.Classes;
        if (TTerm.HasFocalLoss) AddOfOwn(shape.Classes, labels, (T*)scratch.FocalLosses + first, (T*)scratch.Accumulators + (FocalLossPlace * classes * line) + lane);
        if (!TTerm.HasUniformLogLoss) return;

        T* logSums = (T*)scratch.LogSums + first, uniform = (T*)scratch.Accumulators + ((LogLossPlace + 1) * classes * line) + lane;
        TVector label0 = TLanes.Load(labels), label1 = TLanes.Load(labels + line);
        TVector label2 = TLanes.Load(labels + (2 * line)), label3 = TLanes.Load(labels + (3 * line));
        T* row = (T*)scratch.Rows + (scratch.RowVoxels * classes) + first;
        for (int k = 0; k < classes; k++, uniform += line, row += scratch.RowVoxels)
        {
            TVector u01 = TLanes.Add(OfClass(row, logSums, label0), OfClass(row + line, logSums + line, label1));
            TVector u23 = TLanes.Add(
                OfClass(row + (2 * line), logSums + (2 * line), label2), OfClass(row + (3 * line), logSums + (3 * line), label3));
            TLanes.Store(uniform, TLanes.Add(TLanes.Add(u01, u23), TLanes.Load(uniform)));
        }

        static TVector OfClass(T* distances, T* logSums, TVector label) =>
            GradientVoxels<T>.WhereCounted<TLanes, TVector>(label, TLanes.Add(TLanes.Load(distances), TLanes.Load(logSums)));
    }

    // Adds a number of each voxel to the sum of its class.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddOfOwn(int classes, T* labels, T* numbers, T* sums)
    {
        int line = Line;
        TVector label0 = TLanes.Load(labels), label1 = TLanes.Load(labels + line);
        TVector label2 = TLanes.Load(labels + (2 * line)), label3 = TLanes.Load(labels + (3 * line));
        TVector number0 = TLanes.Load(numbers), number1 = TLanes.Load(numbers + line);
        TVector number2 = TLanes.Load(numbers + (2 * line)), number3 = TLanes.Load(numbers + (3 * line));
        TVector index = TLanes.Zero;
        for (int k = 0; k < classes; k++, sums += line)
        {
            TVector sum = SumOfClass(index, label0, label1, label2, label3, number0, number1, number2, number3);
            TLanes.Store(sums, TLanes.Add(sum, TLanes.Load(sums)));
            index = TLanes.Add(index, TLanes.One);
        }
    }

    // Numbers of four voxels, where their labels are a class; a fixed tree: the same order of additions at every width.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector SumOfClass(
        TVector index, TVector label0, TVector label1, TVector label2, TVector label3, TVector number0, TVector number1, TVector number2, TVector number3) =>
        TLanes.Add(
            TLanes.AddWhereEqual(TLanes.WhereEqual(index, label0, number0), index, label1, number1),
            TLanes.AddWhereEqual(TLanes.WhereEqual(index, label2, number2), index, label3, number3));
}
