using System.Runtime.CompilerServices;
using DiceLoss.Cpu;

namespace DiceLoss.TorchSharp.Tests;

/// <summary>Gradients on their way to libtorch: rooted until they are released, and disposed then, not by a collection.</summary>
public class DiceCallTests
{
    [Fact]
    public void Root_CollectionBeforeRelease_KeepsTheHandles()
    {
        DiceCall call = Call();
        (WeakReference logits, WeakReference token) = RootOne(call);
        Collect();
        Assert.True(logits.IsAlive);
        Assert.True(token.IsAlive);
        GC.KeepAlive(call);
    }

    [Fact]
    public void Release_AfterRoot_DisposesBoth()
    {
        DiceCall call = Call();
        (Tensor logits, Tensor token) = call.Root(zeros(2, 2, 3));
        call.Release();
        Assert.True(logits.IsInvalid);
        Assert.True(token.IsInvalid);
        call.Release();
    }

    [Fact]
    public void Release_OnAnotherThread_LeavesThemAlone()
    {
        DiceCall call = Call();
        (Tensor logits, Tensor _) = call.Root(zeros(2, 2, 3));
        var other = new Thread(call.Release);
        other.Start();
        other.Join();
        Assert.False(logits.IsInvalid);
        call.Release();
    }

    [Fact]
    public void NotANumber_LargeLogits_IsOneNumberInTheirShape()
    {
        using var scope = NewDisposeScope();
        Tensor nan = Call().NotANumber();
        Assert.Equal([2, 2, 3], nan.shape);
        Assert.Equal([0, 0, 0], nan.stride());
        Assert.True(nan.isnan().all().item<bool>());
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static (WeakReference Logits, WeakReference Token) RootOne(DiceCall call)
    {
        (Tensor logits, Tensor token) = call.Root(zeros(2, 2, 3));
        return (new WeakReference(logits), new WeakReference(token));
    }

    private static DiceCall Call()
    {
        using Tensor x = zeros(2, 2, 3), y = zeros(2, 3, dtype: ScalarType.Byte);
        return new DiceCall(Dice.Forward(TensorView.Of(x), TensorView.Of(y), provider: CpuProvider.Shared), CpuProvider.Shared, x);
    }

    private static void Collect()
    {
        for (int i = 0; i < 3; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
    }
}
