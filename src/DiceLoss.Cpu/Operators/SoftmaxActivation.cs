using System.Numerics;
using System.Runtime.CompilerServices;
using DiceLoss.Cpu.Simd;

namespace DiceLoss.Cpu.Operators;

/// <summary>p_k = exp(x_k - max) / sum_j exp(x_j - max).</summary>
internal readonly unsafe struct SoftmaxActivation : IActivation
{
    /// <summary>
    /// A sum over classes is made of sums over so many: where one power is 1 and all others alike and small, each of them may be less than half
    /// of what 1 is rounded by, and a single long sum would miss them all.
    /// </summary>
    private const uint Group = 8;

    // Up to so many classes, the first-level cache holds the derivatives of a block beside the powers.
    private const int MostKept = 64;

    public static bool ClassesCompete => true;

    public static bool HasScales => true;

    public static bool HasVoxelTerms => true;

    /// <summary>Whether a class is the last of its group.</summary>
    public static bool EndsGroup(int k) => (uint)k % Group == Group - 1;

    // Reads the logits once, into the rows, however they are stored; all else happens there.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Activate<TLanes, TVector, T, TElement, TTarget, TTerm>(
        byte* logits, nint channelStride, int channels, T* rows, int rowStride, T* scales, in TermVoxels<T> term)
        where TLanes : ILanes<TVector, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TElement : IElement<T>
        where TTarget : ITarget
        where TTerm : IVoxelTerm
    {
        if (channels == 2)
        {
            ActivateTwo<TLanes, TVector, T, TElement, TTarget, TTerm>(logits, channelStride, rows, rowStride, scales, term);
            return;
        }

        int ahead = Prefetch.Distance(channels, channelStride, sizeof(T)), stagger = Prefetch.Stagger(channels, sizeof(T));
        TVector largest = TLanes.Broadcast(T.NegativeInfinity);
        TVector label = TTerm.HasLogLoss && !TTarget.IsMap ? TLanes.Load(term.Labels) : TLanes.Zero, own = TLanes.Zero;
        for (int k = 0; k < channels; k++)
        {
            int channel = ChannelOrder.At(k, channels);
            byte* source = logits + (channel * channelStride);
            if (Prefetch.AsksTwice(channels)) Prefetch.Run(source + ((ahead + ((k & 1) * stagger)) * TElement.Size), TLanes.Count * TElement.Size, channels);
            TVector x = TElement.Load<TLanes, TVector>(source);
            TLanes.Store(rows + ((nint)channel * rowStride), x);
            largest = TLanes.MaxOrRight(largest, x);
            if (!TTerm.HasLogLoss || TTarget.IsMap) continue;
            own = TLanes.WhereEqual(label, TLanes.Broadcast(T.CreateTruncating(channel)), x, own);
        }

        TVector sum = TLanes.Zero, ofGroup = TLanes.Zero;
        T* row = rows;
        T* distances = term.Distances;
        for (int k = 0; k < channels; k++, row += rowStride)
        {
            byte* source = logits + (ChannelOrder.At(k, channels) * channelStride);
            Prefetch.Run(source + ((ahead + ((k & 1) * stagger)) * TElement.Size), TLanes.Count * TElement.Size, channels);
            TVector distance = TLanes.Subtract(largest, TLanes.Load(row));
            if (TTerm.HasUniformLogLoss || (TTerm.HasLogLoss && TTarget.IsMap))
            {
                TLanes.Store(distances, distance);
                distances += rowStride;
            }

            TVector power = Exponential.OfNegated<TLanes, TVector, T>(distance);
            TLanes.Store(row, power);
            ofGroup = TLanes.Add(ofGroup, power);
            if (EndsGroup(k)) (sum, ofGroup) = (TLanes.Add(sum, ofGroup), TLanes.Zero);
        }

        sum = TLanes.Add(sum, ofGroup);
        TLanes.Store(scales, TLanes.Divide(TLanes.One, sum));
        if (!TTerm.HasLogLoss) return;
        TLanes.Store(term.Sums, sum);
        if (TTarget.IsMap) return;
        TLanes.Store(term.OwnDistances, TLanes.Subtract(largest, own));
    }

    // The same for two channels, with one exponential: that of the larger logit is 1, or NaN where that is +infinity.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ActivateTwo<TLanes, TVector, T, TElement, TTarget, TTerm>(
        byte* logits, nint channelStride, T* rows, int rowStride, T* scales, in TermVoxels<T> term)
        where TLanes : ILanes<TVector, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TElement : IElement<T>
        where TTarget : ITarget
        where TTerm : IVoxelTerm
    {
        int ahead = Prefetch.Distance(2, channelStride, sizeof(T)) * TElement.Size, bytes = TLanes.Count * TElement.Size;
        Prefetch.Run(logits + ahead, bytes, 2);
        Prefetch.Run(logits + channelStride + ahead, bytes, 2);
        TVector first = TElement.Load<TLanes, TVector>(logits), second = TElement.Load<TLanes, TVector>(logits + channelStride);
        TVector difference = TLanes.Subtract(second, first), largest = TLanes.MaxOrRight(first, second);
        TVector power = Exponential.OfNegated<TLanes, TVector, T>(TLanes.Magnitude(difference));
        TVector one = TLanes.MultiplyAdd(largest, TLanes.Zero, TLanes.One), sum = TLanes.Add(one, power);
        TLanes.Store(rows, TLanes.WhereGreater(difference, TLanes.Zero, power, one));
        TLanes.Store(rows + rowStride, TLanes.WhereGreater(difference, TLanes.Zero, one, power));
        TLanes.Store(scales, TLanes.Divide(TLanes.One, sum));
        if (!TTerm.HasLogLoss) return;
        TLanes.Store(term.Sums, sum);
        if (!TTarget.IsMap)
        {
            TVector own = TLanes.WhereEqual(TLanes.Load(term.Labels), TLanes.One, second, first);
            TLanes.Store(term.OwnDistances, TLanes.Subtract(largest, own));
        }

        if (!TTerm.HasUniformLogLoss && !TTarget.IsMap) return;
        TLanes.Store(term.Distances, TLanes.Subtract(largest, first));
        TLanes.Store(term.Distances + rowStride, TLanes.Subtract(largest, second));
    }

    // g_k = p_k (v_k - sum_j p_j v_j), with v_k = u_k - u of the most probable class if that is at least as probable as all others
    // together: without that shift the sum cancels where one class is nearly certain, with it, where none is. The rows hold exactly 1
    // for the most probable class (for one of them, should there be several), so its probability is the scale.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Backpropagate<TLanes, TVector, T, TElement, TExponent, TTarget, TTerm>(in GradientVoxels<T> voxels)
        where TLanes : ILanes<TVector, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TElement : IElement<T>
        where TExponent : IExponent
        where TTarget : ITarget
        where TTerm : IVoxelTerm
    {
        int classes = voxels.Classes;
        Activate<TLanes, TVector, T, TElement, TTarget, NoTerm>(
            voxels.Logits, voxels.ChannelStride, classes, voxels.Rows, voxels.RowStride, voxels.Scales, default);
        if (classes == 2 && !TTarget.IsMap) BackpropagateTwo<TLanes, TVector, T, TElement, TExponent, TTarget, TTerm>(voxels);
        else if (RepeatsDerivatives<TLanes, TVector, T, TExponent, TTarget>(classes)) BackpropagateRows<TLanes, TVector, T, TElement, TExponent, TTarget, TTerm, RepeatedDerivatives>(voxels);
        else BackpropagateRows<TLanes, TVector, T, TElement, TExponent, TTarget, TTerm, KeptDerivatives>(voxels);
    }

    // Whether to make derivatives anew is sooner done than to have them from the second level of the cache: with few operations each, and registers to spare.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool RepeatsDerivatives<TLanes, TVector, T, TExponent, TTarget>(int classes)
        where TLanes : ILanes<TVector, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TExponent : IExponent
        where TTarget : ITarget =>
        !TTarget.IsMap && typeof(TExponent) != typeof(ExponentAny) && TLanes.Count == LanePattern.Column * LanePattern.Lanes(sizeof(T)) && classes > MostKept;

    // Tells derivatives by their type, not by a property: what that leaves out would count towards what the compiler is ready to inline.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void BackpropagateRows<TLanes, TVector, T, TElement, TExponent, TTarget, TTerm, TDerivatives>(in GradientVoxels<T> voxels)
        where TLanes : ILanes<TVector, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TElement : IElement<T>
        where TExponent : IExponent
        where TTarget : ITarget
        where TTerm : IVoxelTerm
        where TDerivatives : IDerivatives
    {
        int classes = voxels.Classes, rowStride = voxels.RowStride;
        T* powers = voxels.Rows;
        T* derivatives = powers + ((nint)classes * rowStride);
        bool isWithin = TTerm.HasLogLoss && !AddsTermApart<TTarget, TTerm>();
        if (isWithin) SoftmaxTerm.OfLabels<TLanes, TVector, T>(voxels);

        TVector scale = TLanes.Load(voxels.Scales), label = TLanes.Load(voxels.Labels);
        TVector shift = TLanes.Zero;
        T index = T.Zero;
        T* e = powers, u = derivatives;
        for (int k = 0; k < classes; k++, index += T.One, e += rowStride, u += rowStride)
        {
            TVector power = TLanes.Load(e), k0 = TLanes.Broadcast(index);
            TVector derivative = voxels.ByProbability<TLanes, TVector, TExponent, TTarget>(k, k0, label, TLanes.Multiply(power, scale));
            if (typeof(TDerivatives) == typeof(KeptDerivatives)) TLanes.Store(u, derivative);
            shift = TLanes.WhereEqual(power, TLanes.One, derivative, shift);
        }

        shift = TLanes.WhereNotGreater(TLanes.One, TLanes.Add(scale, scale), shift);
        TVector mean = TLanes.Zero, ofGroup = TLanes.Zero;
        e = powers;
        u = derivatives;
        index = T.Zero;
        for (int k = 0; k < classes; k++, index += T.One, e += rowStride, u += rowStride)
        {
            TVector derivative = typeof(TDerivatives) == typeof(KeptDerivatives)
                ? TLanes.Load(u)
                : voxels.ByProbability<TLanes, TVector, TExponent, TTarget>(k, TLanes.Broadcast(index), label, TLanes.Multiply(TLanes.Load(e), scale));
            TVector v = TLanes.Subtract(derivative, shift);
            if (typeof(TDerivatives) == typeof(KeptDerivatives)) TLanes.Store(u, v);
            ofGroup = TLanes.MultiplyAdd(v, TLanes.Load(e), ofGroup);
            if (EndsGroup(k)) (mean, ofGroup) = (TLanes.Add(mean, ofGroup), TLanes.Zero);
        }

        mean = TLanes.Add(mean, ofGroup);

        // -p_k mean = e_k * rest
        TVector rest = TLanes.Subtract(TLanes.Zero, TLanes.Multiply(TLanes.Multiply(mean, scale), scale)), own = TLanes.Zero, ofOthers = TLanes.Zero;
        if (isWithin)
        {
            T* term = SoftmaxTerm.Rows(voxels);
            (own, ofOthers) = (TLanes.Load(term), TLanes.Load(term + rowStride));
            if (TTerm.HasUniformLogLoss) rest = TLanes.MultiplyAdd(scale, TLanes.Broadcast(voxels.UniformLogLossSum), rest);
        }

        byte* gradient = voxels.Gradient;
        nint gradientStride = voxels.GradientStride;
        index = T.Zero;
        e = powers;
        u = derivatives;
        for (int k = 0; k < classes; k++, index += T.One, e += rowStride, u += rowStride, gradient += gradientStride)
        {
            TVector power = TLanes.Load(e), v = typeof(TDerivatives) == typeof(KeptDerivatives)
                ? TLanes.Load(u)
                : TLanes.Subtract(voxels.ByProbability<TLanes, TVector, TExponent, TTarget>(k, TLanes.Broadcast(index), label, TLanes.Multiply(power, scale)), shift);
            TVector byPower = TLanes.MultiplyAdd(v, scale, rest);
            TVector g = isWithin
                ? TLanes.MultiplyAdd(power, byPower, TLanes.WhereEqual(label, TLanes.Broadcast(index), own, TLanes.Multiply(power, ofOthers)))
                : TLanes.Multiply(power, byPower);
            if (isWithin && TTerm.HasUniformLogLoss) g = TLanes.Subtract(g, TLanes.Broadcast(voxels.ByUniformLogLoss[k]));
            if (AddsTermApart<TTarget, TTerm>())
            {
                TLanes.Store(u, g);
                continue;
            }

            if (!voxels.AllCount) g = GradientVoxels<T>.WhereCounted<TLanes, TVector>(label, g);
            voxels.Write<TLanes, TVector, TElement>(gradient, e, g);
        }

        if (!AddsTermApart<TTarget, TTerm>()) voxels.WriteRows<TLanes, TVector, TElement>(classes);
    }

    // The same for two classes and labels, of which one derivative is the other's negative. Not for maps: the rows would have to hold their probabilities.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void BackpropagateTwo<TLanes, TVector, T, TElement, TExponent, TTarget, TTerm>(in GradientVoxels<T> voxels)
        where TLanes : ILanes<TVector, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TElement : IElement<T>
        where TExponent : IExponent
        where TTarget : ITarget
        where TTerm : IVoxelTerm
    {
        T* first = voxels.Rows, second = first + voxels.RowStride;
        TVector scale = TLanes.Load(voxels.Scales), label = TLanes.Load(voxels.Labels);
        TVector background = TLanes.Multiply(TLanes.Load(first), scale), foreground = TLanes.Multiply(TLanes.Load(second), scale);
        TVector g = TwoClasses.Gradient<TLanes, TVector, T, TExponent, TTarget>(voxels, label, background, foreground);
        if (AddsTermApart<TTarget, TTerm>())
        {
            nint set = 2 * (nint)voxels.RowStride;
            TLanes.Store(first + set, TLanes.Subtract(TLanes.Zero, g));
            TLanes.Store(second + set, g);
            return;
        }

        if (TTerm.HasLogLoss) g = TwoClasses.AddTerm<TLanes, TVector, T, TTarget, TTerm>(g, voxels, label, background, foreground);
        if (!voxels.AllCount) g = GradientVoxels<T>.WhereCounted<TLanes, TVector>(label, g);
        voxels.Write<TLanes, TVector, TElement>(voxels.Gradient, first, TLanes.Subtract(TLanes.Zero, g));
        voxels.Write<TLanes, TVector, TElement>(voxels.Gradient + voxels.GradientStride, second, g);
        voxels.WriteRows<TLanes, TVector, TElement>(2);
    }

    // The derivative of the focal loss takes so many registers, and maps so many rows, that they need loops of their own.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool AddsTermApart<TTarget, TTerm>()
        where TTarget : ITarget
        where TTerm : IVoxelTerm => TTerm.HasLogLoss && (TTarget.IsMap || TTerm.HasFocalLoss);

    public static void AddTerm<TLanes, TVector, T, TTarget, TTerm>(in GradientVoxels<T> voxels)
        where TLanes : ILanes<TVector, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TTarget : ITarget
        where TTerm : IVoxelTerm
    {
        if (TTarget.IsMap) SoftmaxTerm.AddOfMaps<TLanes, TVector, T, TTerm>(voxels);
        else SoftmaxTerm.AddFocalOfLabels<TLanes, TVector, T, TTerm>(voxels);
    }
}
