using DiceLoss.Bench.Inputs;
using DiceLoss.Bench.Rivals;

namespace DiceLoss.Bench.Tests;

/// <summary>A rival that computes something else would be no rival.</summary>
public sealed class RivalTests
{
    // Rivals add up in float32, in orders of their own.
    private const double Tolerance = 1e-5;

    private static readonly ProblemShape[] s_shapes =
    [
        ProblemShape.Cube(ElementType.Float32, ElementType.UInt8, 2, 3, 5),
        ProblemShape.Cube(ElementType.Float32, ElementType.Int64, 1, 17, 6),
        ProblemShape.Cube(ElementType.Float64, ElementType.Int64, 2, 5, 4),
        ProblemShape.Cube(ElementType.Float32, ElementType.UInt8, 3, 1, 6),
        ProblemShape.Cube(ElementType.Float32, ElementType.UInt8, 2, 5, 6) with { CrossEntropy = true },
    ];

    public static TheoryData<string, int> RivalsAndShapes() =>
    [
        .. from shape in Enumerable.Range(0, s_shapes.Length)
           from rival in RivalList.All.Append(RivalList.Ours(s_shapes[shape]))
           where rival.Takes(s_shapes[shape])
           select (rival.Name, shape),
    ];

    [Theory]
    [MemberData(nameof(RivalsAndShapes))]
    public void Step_SmallProblem_IsOurLossAndGradient(string name, int shape)
    {
        IRival rival = RivalList.All.Append(RivalList.Ours(s_shapes[shape])).Single(one => one.Name == name);
        using var problem = new LossProblem(s_shapes[shape], threads: 2);
        DiceResult result = problem.Forward();
        problem.Backward(result);
        double[] ours = Read(problem.Gradient, problem.Shape);

        using var inputs = new RivalInputs(problem);
        double[] theirs = new double[ours.Length];
        double loss = rival.Step(inputs, theirs);

        Assert.Equal(result.Loss, loss, Tolerance);
        double scale = ours.Max(Math.Abs);
        Assert.All(ours.Zip(theirs), pair => Assert.Equal(pair.First, pair.Second, Tolerance * scale));
    }

    [Fact]
    public void All_Rivals_AreCompared() =>
        Assert.All(RivalList.All, rival => Assert.Contains(s_shapes, shape => rival.Takes(shape)));

    [Fact]
    public void Takes_ChannelsLast_NobodyDoes() =>
        Assert.All(RivalList.All, rival => Assert.False(rival.Takes(s_shapes[0] with { ChannelsLast = true })));

    private static unsafe double[] Read(NativeBuffer buffer, ProblemShape shape) => shape.Logits == ElementType.Float64
        ? new ReadOnlySpan<double>(buffer.Start, (int)shape.Elements).ToArray()
        : Array.ConvertAll(new ReadOnlySpan<float>(buffer.Start, (int)shape.Elements).ToArray(), value => (double)value);
}
