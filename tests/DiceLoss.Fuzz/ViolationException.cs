namespace DiceLoss.Fuzz;

/// <summary>A call has returned, or has refused, and should not have done so.</summary>
/// <param name="message">What does not hold.</param>
internal sealed class ViolationException(string message) : Exception(message)
{
    public static void Unless(bool holds, string what)
    {
        if (!holds) throw new ViolationException(what);
    }
}
