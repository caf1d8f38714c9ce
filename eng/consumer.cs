#:package DiceLoss.TorchSharp@*
#:property PublishAot=false
// A program that has the packages and not the sources: .ci/run copies it to a folder where they are.

using DiceLoss;
using DiceLoss.Cpu;
using DiceLoss.Cuda;
using DiceLoss.TorchSharp;

// Two voxels, two classes: p = 3/4 for the label of voxel 0 and 1/2 for that of voxel 1. The losses of the classes are 1/3 and 3/7.
float[] logits = [MathF.Log(3), 0, 0, 0], gradient = new float[4];
long[] shape = [1, 2, 2], labels = [0, 1];
DiceResult result = CpuDice.Forward<float, long>(logits, shape, labels, new DiceOptions());
CpuDice.Backward<float, long>(result, logits, shape, labels, gradient);
Console.WriteLine($"{result.Loss:F6}, {string.Join(' ', gradient)}");

// The others come along with the package that was asked for: one says what it lacks here, a driver or nothing, the other needs a libtorch.
bool isThere = CudaProvider.Shared.Supports(Device.Cuda(), ElementType.Float32, ElementType.Int64, out string? reason);
Console.WriteLine($"{typeof(DiceLossModule)}; CUDA: {(isThere ? "a device" : reason)}");
return Math.Abs(result.Loss - (8.0 / 21)) < 1e-6 && gradient[0] < 0 && gradient[1] > 0 ? 0 : 1;
