using DiceLoss.Bench.Inputs;
using DiceLoss.Bench.Measurement;
using DiceLoss.Bench.Scaling;

namespace DiceLoss.Bench.Tests;

public sealed class InputTests
{
    [Fact]
    public void ToString_Shapes_AreWrittenAsTheTablesHaveThem()
    {
        Assert.Equal("f32/i64 [8,5,100^3]", ProblemShape.Cube(ElementType.Float32, ElementType.Int64, 8, 5, 100).ToString());
        Assert.Equal("bf16/u8 [1,2,7]", new ProblemShape(ElementType.BFloat16, ElementType.UInt8, [1, 2, 7]).ToString());
        Assert.Equal("channels-last f16/i16 [1,2,7,8]", new ProblemShape(ElementType.Float16, ElementType.Int16, [1, 2, 7, 8], ChannelsLast: true).ToString());
    }

    [Fact]
    public void LogitStrides_ChannelsLast_PutTheChannelsOfAVoxelNextToEachOther()
    {
        ProblemShape shape = new(ElementType.Float32, ElementType.UInt8, [2, 5, 3, 4]);
        Assert.Equal([60, 12, 4, 1], shape.LogitStrides);
        Assert.Equal([60, 1, 20, 5], (shape with { ChannelsLast = true }).LogitStrides);
    }

    [Fact]
    public void Logit_ManyIndices_FillTheRangeEvenly()
    {
        float[] logits = [.. Enumerable.Range(0, 100_000).Select(i => CounterHash.Logit(i))];
        Assert.All(logits, logit => Assert.InRange(logit, -4, 3.9999998f));
        Assert.Equal(0, logits.Average(), 0.05f);
        Assert.InRange(logits.Max() - logits.Min(), 7.99f, 8);
    }

    [Fact]
    public void Class_ManyVoxels_EveryClassOccursAboutEquallyOften() =>
        Assert.All(
            Enumerable.Range(0, 70_000).Select(voxel => CounterHash.Class(voxel, 7)).CountBy(label => label),
            count => Assert.True(count is { Key: >= 0 and < 7, Value: > 9_000 and < 11_000 }));

    [Fact]
    public void Of_FiveNumbers_GivesMedianAndQuartiles() => Assert.Equal(new Spread(2, 3, 4), Spread.Of([5, 1, 3, 2, 4]));

    [Fact]
    public void Require_MoreThanThereIs_SaysHowMuchAndWhatTakesLess()
    {
        AvailableMemory.Require(0, "Nothing", "");
        var refused = Assert.Throws<InsufficientMemoryException>(() => AvailableMemory.Require(1L << 60, "The sky", "Clouds take less."));
        Assert.Matches("^The sky needs 1073741824.0 GiB of memory, and [0-9.]+ [GM]iB are available. Clouds take less.$", refused.Message);
    }

    [Fact]
    public void Of_VariableThatChangesFigures_StandsBeforeTheCommand()
    {
        const string Variable = "DICELOSS_OF_A_TEST";
        Environment.SetEnvironmentVariable(Variable, "7");
        try
        {
            Assert.Matches($"{Variable}=7 (.* )?dotnet run -c Release --project bench/DiceLoss.Bench -- compare$", ShellCommand.Of("compare"));
        }
        finally
        {
            Environment.SetEnvironmentVariable(Variable, null);
        }
    }

    [Fact]
    public void OverVoxels_All_GoFromAThousandToABillion()
    {
        IReadOnlyList<ScalingPoint> points = ScalingPoint.OverVoxels(quick: false);
        Assert.Equal((1_000L, 1_000_000_000L), (points[0].Shape.Voxels, points[^1].Shape.Voxels));
        Assert.All(points.Skip(1).Zip(points), pair => Assert.InRange((double)pair.First.Shape.Voxels / pair.Second.Shape.Voxels, 3, 3.34));
    }

    [Fact]
    public void OverClasses_All_HaveTheSizesThatTheirCurvesSay()
    {
        IReadOnlyList<ScalingPoint> points = ScalingPoint.OverClasses(quick: false);
        Assert.Equal((2, 1000), (points.Min(point => point.Shape.Classes), points.Max(point => point.Shape.Classes)));
        Assert.All(points, point => Assert.InRange(point.Shape.Elements / (double)(1L << 27), 0.5, 1.01));
        Assert.All(points, point => Assert.True(point.Series switch
        {
            ScalingPoint.PowerOfTwo => long.IsPow2(point.Shape.Voxels),
            ScalingPoint.MultipleOf64 => point.Shape.Voxels % 64 == 0 && !long.IsPow2(point.Shape.Voxels),
            _ => long.IsOddInteger(point.Shape.Voxels),
        }));
    }
}
