using System.Text.Json;

namespace DiceLoss.Conformance;

/// <summary>One worked example: a loss of another library, an input, and what comes out.</summary>
/// <param name="Id">Its name.</param>
/// <param name="Preset">Library and loss, as <c>Monai.Dice</c>.</param>
/// <param name="Parameters">The library's own parameters, by their own names.</param>
/// <param name="Logits">(N, C, *spatial); several for deep supervision.</param>
/// <param name="Target">What they are judged against.</param>
/// <param name="Mask">1 where voxels count, (N or 1, 1, *spatial); <see langword="null"/> if all do.</param>
/// <param name="Expected">The losses.</param>
/// <param name="Gradient">The gradients of their sum, one for each tensor of logits; <see langword="null"/> where they are not compared.</param>
/// <param name="Tolerance">How near is near enough.</param>
internal sealed record Case(
    string Id,
    string Preset,
    IReadOnlyDictionary<string, JsonElement> Parameters,
    IReadOnlyList<Tensor> Logits,
    Target Target,
    Tensor? Mask,
    Tensor Expected,
    IReadOnlyList<Tensor>? Gradient,
    Tolerance Tolerance);

/// <summary>A tensor in row-major order.</summary>
/// <param name="Shape">Elements per dimension, outermost first.</param>
/// <param name="ElementType">What the elements are; numbers of it are in <paramref name="Data"/>.</param>
/// <param name="Data">The elements.</param>
internal sealed record Tensor(long[] Shape, ElementType ElementType, double[] Data);

/// <summary>What logits are judged against.</summary>
/// <param name="Encoding">How to read it: labels, onehot, binary or soft.</param>
/// <param name="Values">The numbers.</param>
internal sealed record Target(string Encoding, Tensor Values);

/// <summary>How near a number must be: within Absolute + Relative * |expected|.</summary>
/// <param name="Relative">The relative part.</param>
/// <param name="Absolute">The absolute part.</param>
internal readonly record struct Tolerance(double Relative, double Absolute)
{
    /// <summary>Whether a number is near enough; NaN is near NaN alone, and an infinity near itself.</summary>
    public bool Accepts(double expected, double got)
    {
        if (double.IsNaN(expected) || double.IsNaN(got)) return double.IsNaN(expected) && double.IsNaN(got);
        return expected == got || (double.IsFinite(expected) && Math.Abs(expected - got) <= Absolute + (Relative * Math.Abs(expected)));
    }
}
