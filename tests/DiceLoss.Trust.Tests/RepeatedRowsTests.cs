using DiceLoss.Testing;
using DiceLoss.Trust.Figures.Accuracy;

namespace DiceLoss.Trust.Tests;

public sealed class RepeatedRowsTests
{
    private const int Period = 1 << 14;
    private const long Repetitions = 3 * RepeatedRows.Chunk / Period;

    [Fact]
    public void Write_ManyRepetitions_EveryPeriodAndTheLastNumberHoldIt()
    {
        Assert.SkipUnless(RepeatedRows.IsSupported, "Pages are mapped again with Linux's mmap.");
        using var rows = new RepeatedRows(ElementType.Float32, 2, Period, Repetitions);
        double[][] values = [[.. Enumerable.Range(0, Period + 1).Select(i => (double)i)], [.. Enumerable.Range(0, Period + 1).Select(i => -(double)i)]];
        for (int row = 0; row < 2; row++) rows.Write(row, values[row]);
        for (int row = 0; row < 2; row++)
        {
            Assert.Equal(values[row], rows.Read(row));
            for (long i = 0; i < rows.Length; i += 997) Assert.Equal(values[row][i % Period], At(rows, row, i));
            Assert.Equal(values[row][Period], At(rows, row, rows.Length - 1));
        }
    }

    [Fact]
    public void Read_OneRepetitionThatDiffers_Throws()
    {
        Assert.SkipUnless(RepeatedRows.IsSupported, "Pages are mapped again with Linux's mmap.");
        using var rows = new RepeatedRows(ElementType.Float64, 1, Period, Repetitions);
        rows.Write(0, new double[Period + 1]);
        Elements.WriteNumber(rows.Address + (nint)(((5L * Period) + 3) * sizeof(double)), ElementType.Float64, 1);
        Assert.Throws<InvalidDataException>(() => rows.Read(0));
    }

    private static double At(RepeatedRows rows, int row, long i) =>
        Elements.ReadNumber(rows.Address + (nint)(((row * rows.RowStride) + i) * sizeof(float)), ElementType.Float32);
}
