namespace DiceLoss.Fuzz;

/// <summary>How the library says no: an exception of a standard type that names the argument, or says what memory is too small.</summary>
internal static class Refusal
{
    public static bool Is(Exception exception) => exception switch
    {
        ArgumentException argument => argument.ParamName is { Length: > 0 },
        NotSupportedException or InsufficientMemoryException => true,
        _ => false,
    };
}
