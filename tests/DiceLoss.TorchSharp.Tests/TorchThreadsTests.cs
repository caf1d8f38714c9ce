using DiceLoss.Cpu;
using TorchSharp;
using static TorchSharp.torch;

namespace DiceLoss.TorchSharp.Tests;

/// <summary>The loss on torch's own threads.</summary>
public sealed class TorchThreadsTests
{
    private static readonly long[] s_shape = [2, 4, 50, 50, 50];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    public void Sums_AnyNumberOfTorchThreads_HaveTheBitsOfTheThreadPool(int threads)
    {
        int before = get_num_threads();
        set_num_threads(threads);
        try
        {
            Assert.Equal(threads, new TorchThreads().Size);
            using Tensor x = RandomCase.Logits(s_shape, ScalarType.Float32, 1), y = RandomCase.Labels(s_shape, ScalarType.Byte, 1);
            DiceSums expected = Dice.Sums(TensorView.Of(x), TensorView.Of(y), provider: CpuProvider.Shared);
            for (int i = 0; i < 20; i++)
            {
                DiceSums sums = Dice.Sums(TensorView.Of(x), TensorView.Of(y), provider: TorchThreads.Provider);
                foreach (SumTerm term in Enum.GetValues<SumTerm>())
                {
                    Assert.Equal(expected[term, 0].ToArray(), sums[term, 0].ToArray());
                    Assert.Equal(expected[term, 1].ToArray(), sums[term, 1].ToArray());
                }
            }
        }
        finally
        {
            set_num_threads(before);
        }
    }

    [Fact]
    public void Run_SeveralMembers_UsesSeveralThreadsAndReturnsWhenAllHaveEnded()
    {
        int before = get_num_threads();
        set_num_threads(4);
        try
        {
            int begun = 0, ended = 0;
            new TorchThreads().Run(4, () =>
            {
                Interlocked.Increment(ref begun);
                Thread.Yield();
                Interlocked.Increment(ref ended);
            });
            Assert.Equal(4, begun);
            Assert.Equal(begun, ended);
        }
        finally
        {
            set_num_threads(before);
        }
    }

    [Fact]
    public void Loss_InvalidLabelFoundOnATorchThread_ThrowsAndWorksAgain()
    {
        using Tensor x = RandomCase.Logits(s_shape, ScalarType.Float32, 1), y = RandomCase.Labels(s_shape, ScalarType.Byte, 1);
        using Tensor wrong = y.clone();
        wrong[1, 49, 49, 49] = tensor(200, dtype: ScalarType.Byte);

        ArgumentOutOfRangeException thrown = Assert.Throws<ArgumentOutOfRangeException>(() => nn.functional.dice_loss(x, wrong));

        Assert.Contains("the first is 200, in sample 1 at voxel [49, 49, 49].", thrown.Message, StringComparison.Ordinal);
        using Tensor loss = nn.functional.dice_loss(x, y);
        Assert.InRange(loss.item<float>(), 0, 1);
    }
}
