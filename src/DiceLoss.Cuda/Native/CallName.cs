namespace DiceLoss.Cuda.Native;

/// <summary>The name of a native call.</summary>
internal static class CallName
{
    /// <summary>Takes it out of the call as it is written.</summary>
    /// <param name="expression"><c>nvrtcSomething(...)</c> or <c>Class.cuSomething(...)</c>.</param>
    public static string Of(string expression)
    {
        string call = expression[..expression.IndexOf('(', StringComparison.Ordinal)];
        return call[(call.LastIndexOf('.') + 1)..];
    }
}
