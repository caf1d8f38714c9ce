namespace DiceLoss.TorchSharp.Tests;

/// <summary>Compares tensors and says where they differ.</summary>
internal static class Closeness
{
    /// <summary>Asserts that two tensors of one shape differ by no more than a tolerance in any element; NaN equals NaN.</summary>
    public static void AssertClose(Tensor truth, Tensor ours, double tolerance)
    {
        Assert.Equal(truth.shape, ours.shape);
        using var scope = NewDisposeScope();
        double[] expected = Values(truth), actual = Values(ours);
        List<string> mismatches = [];
        for (int i = 0; i < expected.Length; i++)
        {
            bool same = expected[i].Equals(actual[i]) || Math.Abs(expected[i] - actual[i]) <= tolerance;
            if (!same) mismatches.Add($"at {i}: truth {expected[i]:R}, ours {actual[i]:R}, apart {Math.Abs(expected[i] - actual[i]):G3}");
        }

        Assert.True(mismatches.Count == 0, $"{mismatches.Count} of {expected.Length} beyond {tolerance:G3}\n{string.Join('\n', mismatches.Take(5))}");
    }

    /// <summary>Asserts that a loss and its gradient are those of a plain one, which is computed in float64.</summary>
    /// <param name="x">Logits; not modified.</param>
    /// <param name="plain">The loss in tensor operations.</param>
    /// <param name="ours">Ours.</param>
    /// <param name="value">How far losses may be apart, relative to the largest, or to 1.</param>
    /// <param name="gradient">How far gradients may be apart, relative to the largest.</param>
    public static void AssertSameLoss(Tensor x, Func<Tensor, Tensor> plain, Func<Tensor, Tensor> ours, double value = 1e-12, double gradient = 1e-11)
    {
        using var scope = NewDisposeScope();
        Tensor plainX = x.detach().to(ScalarType.Float64).clone().requires_grad_(), ourX = x.detach().clone().requires_grad_();
        Tensor truth = plain(plainX), loss = ours(ourX);
        AssertClose(truth, loss, value * Math.Max(1, Largest(truth)));

        Tensor upstream = arange(1, truth.numel() + 1, dtype: ScalarType.Float64).reshape(truth.shape);
        truth.backward([upstream]);
        loss.backward([upstream.to(loss.dtype)]);
        Assert.Equal(x.dtype, ourX.grad!.dtype);
        AssertClose(plainX.grad!, ourX.grad!, gradient * Largest(plainX.grad!));
    }

    /// <summary>The elements in row-major order.</summary>
    public static double[] Values(Tensor tensor)
    {
        using var scope = NewDisposeScope();
        return tensor.numel() == 0 ? [] : tensor.detach().to(ScalarType.Float64).contiguous().data<double>().ToArray();
    }

    /// <summary>The largest magnitude, or 1 if all are 0.</summary>
    public static double Largest(Tensor tensor)
    {
        double largest = Values(tensor).Select(Math.Abs).DefaultIfEmpty(0).Max();
        return largest == 0 ? 1 : largest;
    }
}
