using System.Collections;

namespace DiceLoss.Bench.Measurement;

/// <summary>What to type to measure again.</summary>
internal static class ShellCommand
{
    // Instruction sets and the compiler; this library; torch's large pages and threads.
    private static readonly string[] s_settings = ["DOTNET_Enable", "DOTNET_Tiered", "DICELOSS_", "THP_", "OMP_", "MKL_"];

    /// <summary>A command of this program, after the environment variables that change figures and are set now.</summary>
    /// <param name="command">Its name and options, without the program.</param>
    public static string Of(string command)
    {
        IEnumerable<string> settings = Environment.GetEnvironmentVariables().Cast<DictionaryEntry>().Select(variable => $"{variable.Key}={variable.Value}")
            .Where(setting => s_settings.Any(start => setting.StartsWith(start, StringComparison.Ordinal))).Order(StringComparer.Ordinal);
        return string.Join(' ', [.. settings, $"dotnet run -c Release --project bench/DiceLoss.Bench -- {command}"]);
    }
}
