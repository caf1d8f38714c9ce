using System.Runtime.CompilerServices;

namespace DiceLoss.TorchSharp.Tests;

/// <summary>Gradients on their way to libtorch: rooted until they are released, and disposed then, not by a collection.</summary>
public class ReturnedGradientTests
{
    [Fact]
    public void Root_CollectionBeforeRelease_KeepsTheHandles()
    {
        (WeakReference logits, WeakReference token) = RootOne();
        for (int i = 0; i < 3; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        Assert.True(logits.IsAlive);
        Assert.True(token.IsAlive);
        ReturnedGradient.Release();
    }

    [Fact]
    public void Release_AfterRoot_DisposesBoth()
    {
        (Tensor logits, Tensor token) = ReturnedGradient.Root(zeros(2, 2, 3), Call());
        ReturnedGradient.Release();
        Assert.True(logits.IsInvalid);
        Assert.True(token.IsInvalid);
        ReturnedGradient.Release();
    }

    [Fact]
    public void Release_OnAnotherThread_LeavesThemAlone()
    {
        (Tensor logits, Tensor _) = ReturnedGradient.Root(zeros(2, 2, 3), Call());
        var other = new Thread(ReturnedGradient.Release);
        other.Start();
        other.Join();
        Assert.False(logits.IsInvalid);
        ReturnedGradient.Release();
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static (WeakReference Logits, WeakReference Token) RootOne()
    {
        (Tensor logits, Tensor token) = ReturnedGradient.Root(zeros(2, 2, 3), Call());
        return (new WeakReference(logits), new WeakReference(token));
    }

    private static DiceCall Call() => DiceCallTests.Call();
}
