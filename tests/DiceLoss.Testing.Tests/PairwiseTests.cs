namespace DiceLoss.Testing.Tests;

public sealed class PairwiseTests
{
    [Fact]
    public void Of_FourPropertiesOfThreeValues_EveryTwoMeetInAFewCases()
    {
        int[] values = [0, 1, 2];
        var all = values.SelectMany(a => values.SelectMany(b => values.SelectMany(c => values.Select(d => (a, b, c, d))))).Where(what => (what.a, what.b) != (2, 1)).ToList();
        IReadOnlyList<(int A, int B, int C, int D)> few = Pairwise.Of(all, what => what.a, what => what.b, what => what.c, what => what.d);
        Assert.Equal(8, few.Select(what => (what.A, what.B)).Distinct().Count());
        Assert.Equal(9, few.Select(what => (what.A, what.C)).Distinct().Count());
        Assert.Equal(9, few.Select(what => (what.A, what.D)).Distinct().Count());
        Assert.Equal(9, few.Select(what => (what.B, what.C)).Distinct().Count());
        Assert.Equal(9, few.Select(what => (what.B, what.D)).Distinct().Count());
        Assert.Equal(9, few.Select(what => (what.C, what.D)).Distinct().Count());
        Assert.InRange(few.Count, 9, 15);
    }
}
