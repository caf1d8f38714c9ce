namespace DiceLoss.Fuzz;

/// <summary>
/// Something that takes bytes from strangers. It returns for every input, whatever the bytes: what is refused is refused with the
/// exceptions that <see cref="Refusal"/> names, and any other exception is a finding.
/// </summary>
internal abstract class Target
{
    /// <summary>What it is called on the command line.</summary>
    public abstract string Name { get; }

    /// <summary>What is made of the bytes, and what must hold.</summary>
    public abstract string Description { get; }

    /// <summary>Inputs to begin with: some that go all the way.</summary>
    public abstract IEnumerable<byte[]> Seeds { get; }

    /// <summary>Makes one call of the bytes.</summary>
    /// <param name="bytes">Anything.</param>
    /// <exception cref="ViolationException">Something does not hold that must.</exception>
    public abstract void Execute(ReadOnlySpan<byte> bytes);
}
