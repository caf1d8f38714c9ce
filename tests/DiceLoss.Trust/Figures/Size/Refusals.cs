using DiceLoss.Cpu;
using DiceLoss.Testing;

namespace DiceLoss.Trust.Figures.Size;

/// <summary>
/// Shapes and strides whose products do not fit, and sums that memory does not hold: refused before anything is read. In a child process,
/// because what reads them would end it, and because little memory is enough to have too little.
/// </summary>
internal sealed class Refusals : Figure
{
    private const long Huge = 1L << 32;

    // What the child process has, in hexadecimal: 1 GiB.
    private const string Memory = "40000000";

    private static readonly DiceOptions s_options = new() { Reduction = DiceReduction.Batch };

    private static readonly Dictionary<string, string> s_environment = new() { ["DOTNET_GCHeapHardLimit"] = Memory };

    private delegate void Call();

    public override string Name => "size-overflow";

    public override string Held => "each refused with one message that names what was found";

    public override string Method => "shapes, strides and ranges of memory whose products overflow 64 bits or the address space, sums beyond memory, in a child process with 1 GiB";

    // What is asked for, and what the message has to say.
    private static (string What, Call Call, string[] Words)[] All { get; } =
    [
        ("logits whose elements overflow", () => Forward([2, 2, Huge, Huge], [2, Huge, Huge]), ["[2, 2, 4294967296, 4294967296]", "64 bits"]),
        ("logits whose elements wrap around to few", () => Forward([1, 4, 1L << 62, 4], [1, 1L << 62, 4]), ["[1, 4, 4611686018427387904, 4]", "64 bits"]),
        ("logits whose bytes overflow", () => Forward([1, 1, 1L << 61], [1, 1L << 61]), ["[1, 1, 2305843009213693952]", "64 bits"]),
        ("labels whose bytes overflow", () => Forward([1, 1, 1L << 60], [1, 1L << 60]), ["[1, 1152921504606846976]", "64 bits"]),
        ("strides that reach beyond 64 bits", () => Forward([1, 2, 8], [1, 8], [0, long.MaxValue, 1]), ["[0, 9223372036854775807, 1]", "address space"]),
        ("strides that wrap around to small ones", () => Forward([1, 5, 8], [1, 8], [0, 1L << 62, 1]), ["[0, 4611686018427387904, 1]", "address space"]),
        ("strides that reach below address 0", () => Forward([1, 2, 8], [1, 8], [8, -(1L << 40), 1]), ["[8, -1099511627776, 1]", "address space"]),
        ("a negative length", () => Forward([1, 2, -8], [1, -8]), ["[1, 2, -8]", "negative"]),
        ("two negative lengths whose product is positive", () => Forward([1, 2, -8, -8], [1, -8, -8]), ["[1, 2, -8, -8]", "negative"]),
        ("more channels than labels can name", () => Forward([1, Huge, 8], [1, 8]), ["4294967296 channels"]),
        ("voxel weights that overflow", () => Forward([1, 2, 8], [1, 8], weights: [1, Huge, Huge]), ["[1, 4294967296, 4294967296]", "64 bits"]),
        ("a gradient whose strides overflow", () => Backward([1, 2, 8], [16, long.MaxValue, 1]), ["[16, 9223372036854775807, 1]", "address space"]),
        ("a gradient whose elements share addresses by wrapping around", () => Backward([1, 2, 8], [16, 4, 1]), ["[16, 4, 1]", "share one address"]),
        ("sums that memory does not hold", () => Forward([8, 1 << 20], [8]), ["8 samples and 1048576 classes", "bytes"]),
        ("sums of an empty batch, pooled to those of one sample", () => Forward([0, 1 << 24], [0]), ["0 samples and 16777216 classes", "bytes"]),
        ("spans of a shape that overflows", () => CpuDice.Forward<float, byte>(new float[16], [1, 2, Huge, Huge], new byte[8]), ["[1, 2, 4294967296, 4294967296]"]),
        ("spans of a shape that wraps around to their length", () => CpuDice.Forward<float, byte>([], [1, 4, 1L << 62], []), ["[1, 4, 4611686018427387904]"]),
    ];

    public override Finding Measure(Budget budget)
    {
        ChildOutcome outcome = ChildProcess.OutcomeAsync(GetType(), nameof(AskAll), [], s_environment).GetAwaiter().GetResult();
        return outcome.HasPassed ? Finding.Held($"{All.Length} of {All.Length} refused.") : Finding.Broken($"The process ended with {outcome.ExitCode}. {outcome.Output}{outcome.Message}");
    }

    /// <summary>For the child process.</summary>
    internal void AskAll()
    {
        foreach ((string what, Call call, string[] words) in All)
        {
            Console.Write($"{what}: ");
            Exception refusal = Record.Exception(() => call()) ?? throw new InvalidOperationException("It was not refused.");
            Assert.True(refusal is ArgumentException or InsufficientMemoryException, $"{refusal}");
            Assert.All(words, word => Assert.Contains(word, refusal.Message, StringComparison.Ordinal));
            Console.WriteLine("refused.");
        }
    }

    // Addresses that can be aligned but not read: what is not refused ends the process.
    private static void Forward(long[] logits, long[] labels, long[]? strides = null, long[]? weights = null)
    {
        DiceTargets targets = new(new TensorDescriptor(4096, Device.Cpu, ElementType.Int64, labels));
        if (weights is not null) targets = new DiceTargets(targets.Values) { VoxelWeights = new TensorDescriptor(4096, Device.Cpu, ElementType.Float32, weights) };
        Dice.Forward(new TensorDescriptor(4096, Device.Cpu, ElementType.Float32, logits, strides), targets, s_options, CpuProvider.Shared);
    }

    private static void Backward(long[] shape, long[] gradientStrides)
    {
        using var run = new CaseRun(new Case { Shape = shape });
        DiceResult result = run.Forward(CpuProvider.Shared);
        var gradient = new TensorDescriptor(unchecked((nint)(1L << 40)), Device.Cpu, ElementType.Float32, shape, gradientStrides);
        Dice.Backward(result, run.Logits.Descriptor, run.Targets, default, gradient, provider: CpuProvider.Shared);
    }
}
