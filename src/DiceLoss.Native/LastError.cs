using System.Diagnostics.CodeAnalysis;
using System.Text.Json;

namespace DiceLoss.Native;

/// <summary>Why the last call of this thread that failed has failed.</summary>
internal static unsafe class LastError
{
    private static readonly CString s_none = new("");

    // Made before it is needed: then there is no memory for it.
    private static readonly CString s_outOfMemory = new("There is not enough memory.");

    [ThreadStatic]
    private static CString? s_text;

    /// <summary>The message, for C: valid until the next failure of this thread.</summary>
    public static byte* Text => (s_text ?? s_none).Address;

    /// <summary>Sets the message.</summary>
    [SuppressMessage("Design", "CA1031:Do not catch general exception types", Justification = "Only memory can be missing here.")]
    public static void Set(Exception failure)
    {
        try
        {
            s_text = new CString(Describe(failure));
        }
        catch (Exception)
        {
            s_text = s_outOfMemory;
        }
    }

    /// <summary>What an exception says in one sentence or a few; of an argument it says the name first, as it is in C.</summary>
    public static string Describe(Exception failure)
    {
        if (failure is not ArgumentException { ParamName: { } argument }) return failure.Message;

        // .NET repeats the argument, and the value, in a phrase of its own behind the sentence.
        int end = failure.Message.IndexOf($" (Parameter '{argument}')", StringComparison.Ordinal);
        return $"{JsonNamingPolicy.SnakeCaseLower.ConvertName(argument)}: {(end < 0 ? failure.Message : failure.Message[..end])}";
    }
}
