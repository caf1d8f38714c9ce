namespace DiceLoss.Testing;

/// <summary>Few of many cases, in which every two properties still meet in every way that they do in all of them.</summary>
public static class Pairwise
{
    /// <summary>Takes the case with the most pairs of values that no earlier one has, again and again, until none is left.</summary>
    /// <param name="all">The cases; the earlier one is taken where two have as many.</param>
    /// <param name="properties">What meets.</param>
    public static IReadOnlyList<T> Of<T>(IReadOnlyList<T> all, params Func<T, object>[] properties)
    {
        HashSet<(int, object, int, object)>[] pairs = [.. all.Select(Pairs)];
        var missing = new HashSet<(int, object, int, object)>(pairs.SelectMany(ofCase => ofCase));
        List<T> chosen = [];
        while (missing.Count > 0)
        {
            int best = Enumerable.Range(0, all.Count).MaxBy(i => pairs[i].Count(missing.Contains));
            missing.ExceptWith(pairs[best]);
            chosen.Add(all[best]);
        }

        return chosen;

        HashSet<(int, object, int, object)> Pairs(T what)
        {
            object[] values = [.. properties.Select(property => property(what))];
            return [.. from i in Enumerable.Range(0, values.Length) from j in Enumerable.Range(i + 1, values.Length - i - 1) select (i, values[i], j, values[j])];
        }
    }
}
