using DiceLoss.Testing;

namespace DiceLoss.Abstractions.Tests;

/// <summary>The registry belongs to the process: these tests run one after the other and leave it as they found it.</summary>
public sealed class DiceProvidersTests : IDisposable
{
    public DiceProvidersTests() => Clear();

    public void Dispose() => Clear();

    [Fact]
    public void Find_NothingRegistered_SaysWhatToDo()
    {
        var error = Assert.Throws<NotSupportedException>(() => DiceProviders.Find(Device.Cpu, ElementType.Float32, ElementType.Int64));
        Assert.StartsWith(
            "No provider is registered for Float32 logits and Int64 targets on cpu. Register one with DiceProviders.Register", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Find_Several_TakesTheLastRegisteredThatTakesTheProblem()
    {
        SpyProvider first = new(ReferenceProvider.Shared, "first"), second = new(ReferenceProvider.Shared, "second"), fussy = new(ReferenceProvider.Shared, "fussy", "No.");
        DiceProviders.Register(first);
        DiceProviders.Register(second);
        DiceProviders.Register(fussy);
        Assert.Same(second, Find());
        Assert.Equal(["fussy", "second", "first"], DiceProviders.Registered.Select(provider => provider.Name));
        Assert.True(DiceProviders.Unregister("second"));
        Assert.False(DiceProviders.Unregister("second"));
        Assert.Same(first, Find());
    }

    [Fact]
    public void Find_NoneTakesTheProblem_GivesEveryReason()
    {
        DiceProviders.Register(new SpyProvider(ReferenceProvider.Shared, "a", "It is Sunday."));
        DiceProviders.Register(new SpyProvider(ReferenceProvider.Shared, "b", "It rains."));
        Assert.Equal(
            "No registered provider takes Float32 logits and Int64 targets on cpu. b: It rains. a: It is Sunday.",
            Assert.Throws<NotSupportedException>(Find).Message);
    }

    [Fact]
    public void Register_NoName_IsRefused() => Assert.Equal(
        "provider", Assert.Throws<ArgumentException>(() => DiceProviders.Register(new SpyProvider(ReferenceProvider.Shared, ""))).ParamName);

    [Fact]
    public void Register_SameName_Replaces()
    {
        DiceProviders.Register(new SpyProvider(ReferenceProvider.Shared, "same"));
        var newer = new SpyProvider(ReferenceProvider.Shared, "same");
        DiceProviders.Register(newer);
        Assert.Same(newer, Assert.Single(DiceProviders.Registered));
        Assert.Throws<ArgumentNullException>(() => DiceProviders.Register(null!));
    }

    [Fact]
    public void RegisterLast_SameName_LeavesTheKnownOne()
    {
        SpyProvider known = new(ReferenceProvider.Shared, "known"), last = new(ReferenceProvider.Shared, "last");
        DiceProviders.Register(known);
        DiceProviders.RegisterLast(last);
        DiceProviders.RegisterLast(new SpyProvider(ReferenceProvider.Shared, "known"));
        Assert.Equal([known, last], DiceProviders.Registered);
        Assert.Same(known, Find());
    }

    [Fact]
    public void RegisterLast_OthersRegisterAndUnregisterMeanwhile_UndoesNothing()
    {
        for (int round = 0; round < 200; round++)
        {
            Clear();
            var first = new SpyProvider(ReferenceProvider.Shared, "first");
            DiceProviders.Register(first);
            DiceProviders.Register(new SpyProvider(ReferenceProvider.Shared, "removed"));
            string front = "";
            Parallel.Invoke(
                () => DiceProviders.RegisterLast(new SpyProvider(ReferenceProvider.Shared, "last")),
                () => DiceProviders.Unregister("removed"),
                () => front = DiceProviders.Registered[0].Name);
            Assert.Equal(["first", "last"], DiceProviders.Registered.Select(provider => provider.Name));
            Assert.NotEqual("last", front);
        }
    }

    [Fact]
    public void Unregister_SeveralThreadsTheSameName_OneRemovesIt()
    {
        for (int round = 0; round < 200; round++)
        {
            DiceProviders.Register(new SpyProvider(ReferenceProvider.Shared, "once"));
            int removed = 0;
            Parallel.For(0, 4, _ => Interlocked.Add(ref removed, DiceProviders.Unregister("once") ? 1 : 0));
            Assert.Equal(1, removed);
        }
    }

    [Fact]
    public void Forced_Registered_TakesEverythingOrThrows()
    {
        SpyProvider forced = new(ReferenceProvider.Shared, "forced"), other = new(ReferenceProvider.Shared, "other");
        DiceProviders.Register(forced);
        DiceProviders.Register(other);
        DiceProviders.Forced = "forced";
        using var run = new CaseRun(new Case());
        Dice.Forward(run.Logits.Descriptor, run.Labels.Descriptor);
        Assert.Equal((1, 0), (forced.Calls, other.Calls));

        DiceProviders.Register(new SpyProvider(ReferenceProvider.Shared, "forced", "It is Sunday."));
        Assert.Equal(
            "The provider 'forced' is forced but does not take Float32 logits and Int64 targets on cpu. forced: It is Sunday.",
            Assert.Throws<NotSupportedException>(() => Dice.Forward(run.Logits.Descriptor, run.Labels.Descriptor)).Message);
        Assert.Equal(0, other.Calls);
    }

    [Fact]
    public void Forced_Missing_ThrowsAndNamesTheRegistered()
    {
        DiceProviders.Forced = "cuda";
        Assert.Equal("The provider 'cuda' is forced but not registered; registered are: none.", Assert.Throws<NotSupportedException>(Find).Message);
        DiceProviders.Register(new SpyProvider(ReferenceProvider.Shared, "a"));
        DiceProviders.Register(new SpyProvider(ReferenceProvider.Shared, "b"));
        Assert.Equal("The provider 'cuda' is forced but not registered; registered are: b, a.", Assert.Throws<NotSupportedException>(Find).Message);
    }

    private static IDiceProvider Find() => DiceProviders.Find(Device.Cpu, ElementType.Float32, ElementType.Int64);

    private static void Clear()
    {
        DiceProviders.Forced = null;
        foreach (IDiceProvider provider in DiceProviders.Registered.ToArray()) DiceProviders.Unregister(provider.Name);
    }
}
