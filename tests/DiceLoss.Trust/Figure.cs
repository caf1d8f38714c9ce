namespace DiceLoss.Trust;

/// <summary>One promise with a number in it, and the measurement that shows whether it is kept. A figure is a class of its own in Figures/, and a line in <see cref="FigureList"/>.</summary>
internal abstract class Figure
{
    /// <summary>What it is called on the command line: a few words in lower case, with hyphens between them.</summary>
    public abstract string Name { get; }

    /// <summary>The figure that is held, for example "0 faults".</summary>
    public abstract string Held { get; }

    /// <summary>How it is measured, in a sentence.</summary>
    public abstract string Method { get; }

    /// <summary>Measures it. What it throws counts as broken, with the exception's message.</summary>
    /// <param name="budget">Whether there is time for more than the short list of cases, which is measured in any case.</param>
    public abstract Finding Measure(Budget budget);
}
