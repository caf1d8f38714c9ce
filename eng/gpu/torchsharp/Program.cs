// Holds the TorchSharp adapter to its word on CUDA tensors: TorchSharpOnDevice FOLDER, the folder of PyTorch's libraries. Prints what it has
// compared; the exit code is 1 if something differs, 2 if libtorch does not load.

using System.Runtime.InteropServices;
using DiceLoss.TorchSharp;
using TorchSharp;
using static TorchSharp.torch;

string folder = args.Length == 1 ? args[0] : throw new ArgumentException("TorchSharpOnDevice FOLDER");
try
{
    foreach (string name in (string[])["c10", "torch_cpu", "c10_cuda", "torch_cuda", "torch"]) NativeLibrary.Load(Path.Combine(folder, $"lib{name}.so"));
    InitializeDeviceType(DeviceType.CUDA);
}
catch (Exception failure) when (failure is DllNotFoundException or TypeInitializationException or NotSupportedException or InvalidOperationException)
{
    Console.WriteLine($"libtorch does not load: {failure.GetBaseException().Message.ReplaceLineEndings(" ")}");
    return 2;
}

Console.WriteLine($"libtorch {__version__}, {cuda.device_count()} CUDA device(s)");
int different = 0;
foreach ((string what, long[] shape, ScalarType type) in ((string, long[], ScalarType)[])[
    ("5 classes", [2, 5, 40, 41, 42], ScalarType.Float32), ("2 classes", [1, 2, 64, 64, 64], ScalarType.Float32), ("105 classes", [1, 105, 32, 32, 33], ScalarType.Float32),
    ("float16", [2, 4, 33, 64], ScalarType.Float16), ("bfloat16", [2, 3, 33, 64], ScalarType.BFloat16), ("float64", [2, 3, 33, 64], ScalarType.Float64)])
{
    using var scope = NewDisposeScope();
    using Tensor logits = (2 * randn(shape)).to(type), labels = randint(shape[1], [shape[0], .. shape[2..]], dtype: ScalarType.Int64);
    (double loss, Tensor gradient) = Step(logits, labels, CPU);
    (double ours, Tensor onDevice) = Step(logits, labels, CUDA);
    double off = (gradient.to(ScalarType.Float64) - onDevice.cpu().to(ScalarType.Float64)).abs().max().item<double>() / gradient.to(ScalarType.Float64).abs().max().item<double>();
    bool agrees = Math.Abs(loss - ours) < 1e-6 && off < (type is ScalarType.Float16 or ScalarType.BFloat16 ? 1e-2 : 1e-5);
    if (!agrees) different++;
    Console.WriteLine($"{(agrees ? "agrees" : "DIFFERS")}: {what}, loss {loss:G9} on the CPU and {ours:G9} on the device, gradients {off:G3} of the largest apart");
}

Console.WriteLine($"{6 - different} passed, {different} failed, 0 skipped");
return different > 0 ? 1 : 0;

static (double Loss, Tensor Gradient) Step(Tensor logits, Tensor labels, torch.Device device)
{
    using Tensor leaf = logits.detach().to(device).requires_grad_(), target = labels.to(device);
    using Tensor x = leaf * 1, loss = nn.functional.dice_loss(x, target);
    loss.backward();
    return (loss.cpu().to(ScalarType.Float64).item<double>(), leaf.grad!.detach().clone());
}
