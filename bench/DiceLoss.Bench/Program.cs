using BenchmarkDotNet.Running;
using DiceLoss.Bench;

// `compare [--json FILE]`: the table of the README. Anything else goes to BenchmarkDotNet: `--filter '*'`, `--list flat`, `--help`.
if (args is ["compare", ..])
{
    string? file = args is [_, "--json", { } path] ? path : null;
    if (args.Length > 1 && file is null)
    {
        Console.Error.WriteLine("Usage: compare [--json FILE]");
        return 2;
    }

    Comparison.Run(file);
    return 0;
}

BenchmarkSwitcher.FromAssembly(typeof(Comparison).Assembly).Run(args);
return 0;
