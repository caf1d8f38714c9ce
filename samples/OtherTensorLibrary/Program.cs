using System.Globalization;
using DiceLoss;
using DiceLoss.Cpu;
using OtherTensorLibrary;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
DiceProviders.Register(CpuProvider.Shared);

// Two samples, three classes, 8 x 8 x 8 voxels; the logits have their channels last in memory, the gradient first.
using ToyTensor<float> logits = ToyTensor<float>.ChannelsLast(2, 3, 8, 8, 8);
using var labels = new ToyTensor<byte>(2, 8, 8, 8);
var random = new Random(1);
for (long i = 0; i < ToyTensor<float>.Count(logits.Shape); i++) logits[i] = (random.NextSingle() * 6) - 3;
for (long i = 0; i < ToyTensor<byte>.Count(labels.Shape); i++) labels[i] = (byte)random.Next(3);

(DiceResult result, ToyTensor<float> gradient) = DiceLossOfToyTensors.LossAndGradient(
    logits, labels, new DiceOptions { Smooth = 1e-3, Reduction = DiceReduction.None });
using (gradient)
{
    Console.WriteLine($"loss per sample: {string.Join(", ", result.Losses.ToArray().Select(loss => loss.ToString("F6")))}");
    Console.WriteLine($"gradient by the first logit: {gradient[0]:E3}");
}
