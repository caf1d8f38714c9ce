using System.Diagnostics.CodeAnalysis;

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
            s_text = new CString(ErrorText.Of(failure));
        }
        catch (Exception)
        {
            s_text = s_outOfMemory;
        }
    }
}
