using System.Text.Json;

namespace DiceLoss.Native;

/// <summary>The members of enumerations in the spelling of C: <c>label_mass</c> for <c>LabelMass</c>.</summary>
internal static class SnakeCase
{
    /// <summary>The names of all members.</summary>
    public static IEnumerable<string> Names<T>()
        where T : struct, Enum => Enum.GetNames<T>().Select(JsonNamingPolicy.SnakeCaseLower.ConvertName);

    /// <summary>Finds a member.</summary>
    public static bool TryParse<T>(string name, out T member)
        where T : struct, Enum
    {
        int index = Names<T>().ToList().IndexOf(name);
        member = index < 0 ? default : Enum.GetValues<T>()[index];
        return index >= 0;
    }
}
