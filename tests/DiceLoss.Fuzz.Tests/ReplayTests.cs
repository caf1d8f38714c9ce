namespace DiceLoss.Fuzz.Tests;

/// <summary>The inputs that fuzzing begins with, and findings that must be seen.</summary>
public sealed class ReplayTests
{
    private const int RandomInputs = 300;

    public static TheoryData<string> Targets => [.. TargetList.All.Select(target => target.Name)];

    [Theory]
    [MemberData(nameof(Targets))]
    public void Replay_Seeds_FindsNothing(string name)
    {
        byte[][] seeds = [.. TargetList.Named(name).Seeds];
        Assert.NotEmpty(seeds);
        FindsNothing(name, seeds);
    }

    [Theory]
    [MemberData(nameof(Targets))]
    public void Replay_RandomBytes_FindsNothing(string name)
    {
        var random = new Random(1);
        FindsNothing(name, [.. Enumerable.Range(0, RandomInputs).Select(_ =>
        {
            byte[] bytes = new byte[random.Next(200)];
            random.NextBytes(bytes);
            return bytes;
        })]);
    }

    [Fact]
    public void Replay_AViolation_IsFound()
    {
        using var output = new StringWriter();
        int found = Replay.Run(new Planted(() => ViolationException.Unless(false, "planted")), [("one", [1]), ("none", [])], output);
        Assert.Equal(1, found);
        Assert.StartsWith($"one: {typeof(ViolationException)}: planted", output.ToString(), StringComparison.Ordinal);
        Assert.EndsWith($"2 inputs, 1 findings{Environment.NewLine}", output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Replay_AnExceptionThatIsNoRefusal_IsFound()
    {
        using var output = new StringWriter();
        Assert.Equal(1, Replay.Run(new Planted(() => throw new InvalidOperationException("planted")), [("one", [1])], output));
        Assert.Equal(0, Replay.Run(new Planted(() => throw new ArgumentException("planted", "bytes")), [("one", [1])], output));
    }

    // As from the command line, whose files are the bytes.
    private static void FindsNothing(string name, byte[][] inputs)
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("diceloss-replay-");
        try
        {
            string[] files = [.. inputs.Select((bytes, i) =>
            {
                string file = Path.Combine(folder.FullName, $"{i}");
                File.WriteAllBytes(file, bytes);
                return file;
            })];
            using StringWriter output = new(), errors = new();
            int code = CommandLine.Run(["replay", name, .. files], output, errors);
            Assert.True(code == 0, $"{output}{errors}");
            Assert.Equal($"{inputs.Length} inputs, 0 findings{Environment.NewLine}", output.ToString());
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    // Refuses as the library does, and does something else where there are bytes.
    private sealed class Planted(Action something) : Target
    {
        public override string Name => "planted";

        public override string Description => "what a test plants";

        public override IEnumerable<byte[]> Seeds => [];

        public override void Execute(ReadOnlySpan<byte> bytes)
        {
            try
            {
                if (!bytes.IsEmpty) something();
            }
            catch (Exception refusal) when (Refusal.Is(refusal))
            {
            }
        }
    }
}
