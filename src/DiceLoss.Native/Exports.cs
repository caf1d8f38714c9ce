using System.Runtime.InteropServices;
using DiceLoss.Native.Json;
using DiceLoss.Native.Tensors;

namespace DiceLoss.Native;

/// <summary>The functions of <c>include/diceloss.h</c>, which documents them. Each gives its work to <see cref="Call"/>: nothing is thrown across.</summary>
internal static unsafe class Exports
{
    [UnmanagedCallersOnly(EntryPoint = "diceloss_version")]
    internal static byte* Version() => LibraryVersion.Text;

    [UnmanagedCallersOnly(EntryPoint = "diceloss_last_error")]
    internal static byte* LastErrorText() => LastError.Text;

    [UnmanagedCallersOnly(EntryPoint = "diceloss_set_cpu_threads")]
    internal static Status SetCpuThreads(int threads) => Call.Run(() => Providers.SetCpuThreads(threads));

    [UnmanagedCallersOnly(EntryPoint = "diceloss_options_create")]
    internal static Status CreateOptions(byte* json, nint* options) => Call.Run(() =>
    {
        NotNull(options, nameof(options));
        *options = Handles.Add(json == null ? DiceOptions.Default : OptionsReader.Read(Marshal.PtrToStringUTF8((nint)json)!));
    });

    [UnmanagedCallersOnly(EntryPoint = "diceloss_options_free")]
    internal static Status FreeOptions(nint options) => Call.Run(() => Handles.Free<DiceOptions>(options, nameof(options)));

    [UnmanagedCallersOnly(EntryPoint = "diceloss_forward")]
    internal static Status Forward(
        nint options, DlTensor* logits, DlTensor* targets, DlTensor* voxelWeights, DlTensor* annotated, nint stream, nint* result) => Call.Run(() =>
    {
        NotNull(result, nameof(result));
        DiceOptions what = options == 0 ? DiceOptions.Default : Handles.Find<DiceOptions>(options, nameof(options));
        TensorDescriptor x = TensorReader.Read(logits, nameof(logits));
        DiceTargets y = Targets(targets, voxelWeights, AnnotatedReader.Read(annotated, x, what, nameof(annotated)));
        TensorReader.CheckLabels(*targets, x, nameof(targets));
        *result = Handles.Add(Dice.Forward(x, y, what, Providers.Of(x.Device), stream));
    });

    [UnmanagedCallersOnly(EntryPoint = "diceloss_backward")]
    internal static Status Backward(
        nint result, DlTensor* logits, DlTensor* targets, DlTensor* voxelWeights, DlTensor* upstream, DlTensor* gradient, nint stream) =>
        Gradient(result, logits, targets, voxelWeights, upstream, null, gradient, stream);

    [UnmanagedCallersOnly(EntryPoint = "diceloss_backward_unless_made")]
    internal static Status BackwardUnlessMade(
        nint result, DlTensor* logits, DlTensor* targets, DlTensor* voxelWeights, DlTensor* upstream, DlTensor* madeFor, DlTensor* gradient, nint stream) =>
        Gradient(result, logits, targets, voxelWeights, upstream, madeFor, gradient, stream);

    private static Status Gradient(
        nint result, DlTensor* logits, DlTensor* targets, DlTensor* voxelWeights, DlTensor* upstream, DlTensor* madeFor, DlTensor* gradient, nint stream) => Call.Run(() =>
    {
        var of = Handles.Find<DiceResult>(result, nameof(result));
        TensorDescriptor x = TensorReader.Read(logits, nameof(logits));
        DiceTargets y = Targets(targets, voxelWeights, []); // what is annotated is known from the result
        TensorDescriptor factor = TensorReader.ReadOptional(upstream, nameof(upstream));
        TensorDescriptor before = TensorReader.ReadOptional(madeFor, nameof(madeFor)), destination = TensorReader.Read(gradient, nameof(gradient));
        Dice.Backward(of, x, y, factor, destination, inPlace: gradient == logits, Providers.Of(x.Device), stream, madeFor: before);
    });

    [UnmanagedCallersOnly(EntryPoint = "diceloss_result_read")]
    internal static Status ReadResult(nint result, byte* name, double* values, long capacity, long* count) => Call.Run(() =>
    {
        var of = Handles.Find<DiceResult>(result, nameof(result));
        NotNull(name, nameof(name));
        double[] numbers = ResultNumbers.Of(of, Marshal.PtrToStringUTF8((nint)name)!);
        if (count != null) *count = numbers.Length;
        if (values == null && capacity == 0) return;
        NotNull(values, nameof(values));
        if (capacity < numbers.Length) throw new ArgumentException($"There is room for {capacity} numbers; there are {numbers.Length}.", nameof(capacity));
        numbers.CopyTo(new Span<double>(values, numbers.Length));
    });

    [UnmanagedCallersOnly(EntryPoint = "diceloss_evaluate")]
    internal static Status Evaluate(nint part, double* sums, long count, nint* result) => Call.Run(() =>
    {
        NotNull(result, nameof(result));
        var of = Handles.Find<DiceResult>(part, nameof(part));
        NotNull(sums, nameof(sums));
        *result = Handles.Add(SumNumbers.Evaluate(of, sums, count));
    });

    [UnmanagedCallersOnly(EntryPoint = "diceloss_result_free")]
    internal static Status FreeResult(nint result) => Call.Run(() => Handles.Free<DiceResult>(result, nameof(result)));

    private static DiceTargets Targets(DlTensor* targets, DlTensor* voxelWeights, bool[] annotated) => new(TensorReader.Read(targets, nameof(targets)))
    {
        VoxelWeights = TensorReader.ReadOptional(voxelWeights, nameof(voxelWeights)),
        Annotated = annotated,
    };

    private static void NotNull(void* pointer, string name)
    {
        if (pointer == null) throw new ArgumentException("It is NULL.", name);
    }
}
