using System.Collections.Immutable;
using System.IO.Hashing;
using System.Text;

namespace DiceLoss.Cuda.Compilation;

/// <summary>The sources of the kernels, which this assembly carries.</summary>
internal static class KernelSources
{
    private const string HeaderExtension = ".cuh";

    private static readonly Lazy<ImmutableArray<KernelHeader>> s_headers = new(() =>
    [
        .. typeof(KernelSources).Assembly.GetManifestResourceNames()
            .Where(name => name.EndsWith(HeaderExtension, StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)
            .Select(name => new KernelHeader(name, Read(name))),
    ]);

    private static readonly Lazy<string>[] s_texts = [.. Enum.GetValues<KernelName>().Select(name => new Lazy<string>(() => Read(FileName(name))))];

    /// <summary>The headers that the kernels share.</summary>
    public static ImmutableArray<KernelHeader> Headers => s_headers.Value;

    /// <summary>The name of a kernel's source.</summary>
    public static string FileName(KernelName name) => name switch
    {
        KernelName.Sums => "sums.cu",
        KernelName.Collect => "collect.cu",
        KernelName.Gradient => "gradient.cu",
        _ => "store.cu",
    };

    /// <summary>The name of a kernel's function.</summary>
    public static string FunctionName(KernelName name) => "dice_" + Path.GetFileNameWithoutExtension(FileName(name));

    /// <summary>A kernel with what is defined for it.</summary>
    /// <param name="name">Which kernel.</param>
    /// <param name="specialisation">What it knows. <see cref="KernelName.Store"/> needs to know nothing.</param>
    public static KernelSource Of(KernelName name, in KernelSpecialisation specialisation) => new(
        FileName(name), s_texts[(int)name].Value, Headers, name == KernelName.Store ? [] : specialisation.Macros());

    /// <summary>What images of a source are filed under.</summary>
    /// <param name="source">The source.</param>
    /// <param name="circumstances">What else an image depends on.</param>
    /// <returns>The 128-bit xxHash of all of it, in hexadecimal digits.</returns>
    /// <remarks>Not one of cryptography: that would end the process on a Linux without OpenSSL, and whoever may write to the cache needs no collision.</remarks>
    public static string Key(KernelSource source, params ReadOnlySpan<string> circumstances)
    {
        var hash = new XxHash128();
        IEnumerable<string> headers = source.Headers.SelectMany(header => (string[])[header.Name, header.Text]);
        foreach (string part in (ReadOnlySpan<string>)[source.FileName, source.Text, .. headers, .. source.Macros, .. circumstances])
        {
            hash.Append(Encoding.UTF8.GetBytes(part));
            hash.Append([0]); // so that no two lists of parts are one text
        }

        return Convert.ToHexStringLower(hash.GetCurrentHash());
    }

    private static string Read(string name)
    {
        using Stream stream = typeof(KernelSources).Assembly.GetManifestResourceStream(name)!;
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return reader.ReadToEnd().ReplaceLineEndings("\n"); // the same text, however the sources were checked out
    }
}
