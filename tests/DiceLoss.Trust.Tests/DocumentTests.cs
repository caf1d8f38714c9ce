namespace DiceLoss.Trust.Tests;

/// <summary>docs/trust.md beside the figures that there are.</summary>
public sealed class DocumentTests
{
    private static readonly string s_document = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "docs", "trust.md"));

    [Fact]
    public void Table_OfTheDocument_ListsExactlyTheFigures() =>
        Assert.Equal(FigureList.All.Select(figure => figure.Name), TrustDocument.Names(s_document));

    [Fact]
    public void Table_OfTheDocument_SaysWhatEachFigureHoldsAndHow() =>
        Assert.All(FigureList.All, figure => Assert.Contains($"| {figure.Name} | {figure.Held} | {figure.Method} |", s_document, StringComparison.Ordinal));

    [Fact]
    public void Names_OfAllFigures_AreDifferentWordsInLowerCase()
    {
        Assert.All(FigureList.All, figure => Assert.Matches("^[a-z0-9]+(-[a-z0-9]+)*$", figure.Name));
        Assert.Distinct(FigureList.All.Select(figure => figure.Name));
    }
}
