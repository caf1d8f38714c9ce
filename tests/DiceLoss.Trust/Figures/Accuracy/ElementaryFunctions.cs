using System.Globalization;
using DiceLoss.Cpu;
using DiceLoss.Cpu.Tests;

namespace DiceLoss.Trust.Figures.Accuracy;

/// <summary>Exponential, logarithm and sigmoid of the CPU kernels over the bit patterns of float32, at every register width.</summary>
/// <param name="compute">The functions.</param>
internal sealed class ElementaryFunctions(Func<SimdLevel, float[], LaneFunction, float[]> compute) : Figure
{
    private const int Block = 1 << 16;
    private const uint Stride = 1009; // prime: all low bits occur
    private const double SmallestNormal = 1.1754943508222875e-38;

    private static readonly (LaneFunction Function, string Name, double Bound)[] s_functions =
        [(LaneFunction.Exponential, "exp(-x)", 1.1), (LaneFunction.Logarithm, "log(x)", 1.5), (LaneFunction.Sigmoid, "sigmoid(x)", 5), (LaneFunction.Complement, "sigmoid(-x)", 5)];

    private readonly double[] _errors = new double[s_functions.Length];
    private readonly double[] _plainErrors = new double[s_functions.Length];
    private readonly Lock _gate = new();

    public ElementaryFunctions()
        : this(LaneFunctions.Map)
    {
    }

    public override string Name => "exp-log-sigmoid";

    public override string Held => "exp(-x) of x from 0 to inf within 1.1 ULP; log(x) of normal x > 0 within 1.5 ULP of it or of 1/8; sigmoid(x), sigmoid(-x) within 5 ULP";

    public override string Method => $"float32 bit patterns, every {Stride}th without a budget and all with it, at each register width against Math in double; in brackets MathF";

    public override Finding Measure(Budget budget)
    {
        Parallel.For(0, (1L << 32) / Stride / Block + 1, block => Measure((ulong)block * Block * Stride, Stride));
        long blocks = 0;
        if (!budget.IsShort)
        {
            Parallel.For(0, (1L << 32) / Block, (block, loop) =>
            {
                if (budget.IsSpent) loop.Stop();
                else Measure((ulong)block * Block, 1);
                if (!loop.IsStopped) Interlocked.Increment(ref blocks);
            });
        }

        IEnumerable<string> found = s_functions.Select((function, i) =>
            string.Create(CultureInfo.InvariantCulture, $"{function.Name} {_errors[i]:F2} ULP ({(_plainErrors[i] < 1000 ? _plainErrors[i].ToString("F2", CultureInfo.InvariantCulture) : "above 1000")})"));
        double part = Math.Max(1.0 / Stride, blocks * (double)Block / (1L << 32));
        return Finding.Held($"{string.Join(", ", found)}; the same bits at {string.Join(", ", CpuProvider.SupportedLevels)}.") with
        {
            NotMeasured = part == 1 ? [] : [string.Create(CultureInfo.InvariantCulture, $"{1 - part:P1} of the patterns ({budget.Reason})")],
        };
    }

    private void Measure(ulong first, uint stride)
    {
        int count = (int)Math.Min(Block, ((1UL << 32) - first + stride - 1) / stride);
        float[] x = [.. Enumerable.Range(0, Math.Max(0, count)).Select(i => BitConverter.UInt32BitsToSingle((uint)(first + ((ulong)i * stride))))];
        for (int f = 0; f < s_functions.Length; f++)
        {
            (LaneFunction function, string name, double bound) = s_functions[f];
            float[] y = compute(CpuProvider.SupportedLevels[0], x, function);
            foreach (SimdLevel level in CpuProvider.SupportedLevels.Skip(1))
            {
                float[] other = compute(level, x, function);
                int differs = Enumerable.Range(0, x.Length).FirstOrDefault(i => !Same(y[i], other[i]), -1);
                if (differs >= 0) throw new InvalidDataException($"{name} at {x[differs]:R} is {other[differs]:R} with {level}, {y[differs]:R} with {CpuProvider.SupportedLevels[0]}.");
            }

            double largest = 0, plainLargest = 0;
            for (int i = 0; i < x.Length; i++)
            {
                if (!IsInDomain(function, x[i])) continue;
                double truth = Truth(function, x[i]), error = Units(function, truth, y[i]);
                if (!(error <= bound)) throw new InvalidDataException($"{name} at {x[i]:R} is {y[i]:R}, {error:F3} ULP from {truth:R}; the bound is {bound}.");
                largest = Math.Max(largest, error);
                if (IsNormal(function, truth)) plainLargest = Math.Max(plainLargest, Units(function, truth, PlainOf(function, x[i])));
            }

            lock (_gate) (_errors[f], _plainErrors[f]) = (Math.Max(_errors[f], largest), Math.Max(_plainErrors[f], plainLargest));
        }
    }

    private static bool IsInDomain(LaneFunction function, float x) => function switch
    {
        LaneFunction.Exponential => x >= 0 || float.IsNaN(x),
        LaneFunction.Logarithm => (float.IsNormal(x) && x > 0) || float.IsNaN(x),
        _ => true,
    };

    private static double Truth(LaneFunction function, double x) => function switch
    {
        LaneFunction.Exponential => Math.Exp(-x),
        LaneFunction.Logarithm => Math.Log(x),
        LaneFunction.Sigmoid => Logistic(x),
        _ => Logistic(-x),
    };

    private static double Logistic(double x) => x >= 0 ? 1 / (1 + Math.Exp(-x)) : Math.Exp(x) / (1 + Math.Exp(x));

    private static float PlainOf(LaneFunction function, float x) => function switch
    {
        LaneFunction.Exponential => MathF.Exp(-x),
        LaneFunction.Logarithm => MathF.Log(x),
        LaneFunction.Sigmoid => 1 / (1 + MathF.Exp(-x)),
        _ => 1 - (1 / (1 + MathF.Exp(-x))),
    };

    // Errors in units of the last place of the true value; of 1/8 for a logarithm that is less. Below the smallest normal number anything from
    // 0 to it is right, and 0 alone below half of it.
    private static double Units(LaneFunction function, double truth, float actual)
    {
        if (double.IsNaN(truth)) return float.IsNaN(actual) ? 0 : double.PositiveInfinity;
        if (IsNormal(function, truth)) return Math.Abs(actual - truth) / Unit(function == LaneFunction.Logarithm ? Math.Max(Math.Abs(truth), 0.125) : truth);
        return actual >= 0 && actual <= SmallestNormal && (actual == 0 || truth > SmallestNormal / 2) ? 0 : double.PositiveInfinity;
    }

    private static bool IsNormal(LaneFunction function, double truth) => function == LaneFunction.Logarithm || truth >= SmallestNormal;

    private static double Unit(double value) => Math.ScaleB(1, Math.ILogB(value) - 23);

    private static bool Same(float left, float right) =>
        BitConverter.SingleToInt32Bits(left) == BitConverter.SingleToInt32Bits(right) || (float.IsNaN(left) && float.IsNaN(right));
}
