using System.Text;

namespace DiceLoss.Cuda;

/// <summary>From the names of ManagedCuda's codes to those of CUDA.</summary>
internal static class CodeNames
{
    /// <summary>As <c>CUDA_ERROR_OUT_OF_MEMORY</c> for <c>ErrorOutOfMemory</c>.</summary>
    /// <param name="prefix">What CUDA's names begin with, such as <c>CUDA</c>.</param>
    /// <param name="name">ManagedCuda's name.</param>
    public static string Of(string prefix, string name)
    {
        var text = new StringBuilder(prefix);
        for (int i = 0; i < name.Length; i++)
        {
            bool startsWord = char.IsUpper(name[i]) && (i == 0 || !char.IsUpper(name[i - 1]) || (i + 1 < name.Length && char.IsLower(name[i + 1])));
            if (startsWord) text.Append('_');
            text.Append(char.ToUpperInvariant(name[i]));
        }

        return text.ToString();
    }
}
