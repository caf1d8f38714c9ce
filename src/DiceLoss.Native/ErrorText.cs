using System.Text.Json;

namespace DiceLoss.Native;

/// <summary>Exceptions in words.</summary>
internal static class ErrorText
{
    /// <summary>What an exception says; of an argument it says the name first, as it is in C.</summary>
    public static string Of(Exception failure) => failure is ArgumentException { ParamName: { } name } refused
        ? $"{JsonNamingPolicy.SnakeCaseLower.ConvertName(name)}: {Sentence(refused)}"
        : failure.Message;

    /// <summary>What an exception says of an argument, without the phrases in which .NET repeats its name and value.</summary>
    public static string Sentence(ArgumentException refused)
    {
        int end = refused.Message.IndexOf($" (Parameter '{refused.ParamName}')", StringComparison.Ordinal);
        return end < 0 ? refused.Message : refused.Message[..end];
    }
}
