using DiceLoss.Cpu.Kernels;

namespace DiceLoss.Cpu.Tests;

/// <summary>Matrices turned square by square: every element in its place, and no byte beside them touched.</summary>
public sealed unsafe class TranspositionTests
{
    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(8)]
    public void Copy_EverySmallMatrix_TurnsItAndTouchesNothingElse(int elementSize)
    {
        Assert.SkipUnless(Transposition.Takes(4, 4, elementSize), "This processor has no instructions for it.");
        const byte Untouched = 0xA5;
        for (int rows = 4; rows <= 13; rows++)
        {
            for (int columns = 4; columns <= 13; columns++)
            {
                // Three bytes more than a row needs: nothing is aligned.
                int sourceStride = (columns * elementSize) + 3, destinationStride = (rows * elementSize) + 3;
                byte[] source = new byte[(rows - 1) * sourceStride + (columns * elementSize)];
                byte[] destination = new byte[columns * destinationStride], expected = new byte[columns * destinationStride];
                new Random(rows + (100 * columns)).NextBytes(source);
                Array.Fill(destination, Untouched);
                Array.Fill(expected, Untouched);
                for (int row = 0; row < rows; row++)
                {
                    for (int column = 0; column < columns; column++)
                    {
                        source.AsSpan((row * sourceStride) + (column * elementSize), elementSize)
                            .CopyTo(expected.AsSpan((column * destinationStride) + (row * elementSize)));
                    }
                }

                fixed (byte* from = source, to = destination)
                {
                    Transposition.Copy(from, sourceStride, to, destinationStride, rows, columns, elementSize);
                }

                Assert.Equal(expected, destination);
            }
        }
    }

    [Theory]
    [InlineData(3, 4, 4)]
    [InlineData(4, 3, 4)]
    [InlineData(8, 8, 1)]
    public void Takes_SmallerThanASquareOrBytes_IsFalse(int rows, int columns, int elementSize) =>
        Assert.False(Transposition.Takes(rows, columns, elementSize));
}
