namespace DiceLoss.Native;

/// <summary>The version of this library, as in the project files.</summary>
internal static unsafe class LibraryVersion
{
    private static readonly CString s_text = new(typeof(LibraryVersion).Assembly.GetName().Version!.ToString(3));

    /// <summary>The version, for C: valid for as long as the process.</summary>
    public static byte* Text => s_text.Address;
}
