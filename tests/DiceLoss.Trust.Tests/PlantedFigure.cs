namespace DiceLoss.Trust.Tests;

/// <summary>A figure whose outcome is known.</summary>
internal sealed class PlantedFigure(string name, Func<Budget, Finding> measure) : Figure
{
    public override string Name => name;

    public override string Held => $"what {name} holds";

    public override string Method => $"how {name} is measured";

    public override Finding Measure(Budget budget) => measure(budget);
}
