namespace DiceLoss.Cuda.Tests;

/// <summary>A mistake in a kernel, and the check of <see cref="PlantedFaultTests"/> that notices it.</summary>
/// <param name="What">What is wrong.</param>
/// <param name="File">The source.</param>
/// <param name="Right">A piece of it that occurs once.</param>
/// <param name="Wrong">What stands there instead.</param>
/// <param name="Check">The name of the check.</param>
internal sealed record Fault(string What, string File, string Right, string Wrong, string Check)
{
    public override string ToString() => $"{File}: {What}";

    /// <summary>Plants it.</summary>
    /// <param name="file">The name of a source.</param>
    /// <param name="text">Its text.</param>
    /// <returns>The text to compile.</returns>
    public string Plant(string file, string text)
    {
        if (file != File) return text;
        int place = text.IndexOf(Right, StringComparison.Ordinal);
        if (place < 0 || place != text.LastIndexOf(Right, StringComparison.Ordinal)) throw new InvalidOperationException($"{File} must hold this once: {Right}");
        return text.Replace(Right, Wrong, StringComparison.Ordinal);
    }
}
