using System.Text.Json;

namespace DiceLoss.Native.Json;

/// <summary>Options from JSON.</summary>
internal static class OptionsReader
{
    private static readonly JsonDocumentOptions s_strict = new() { AllowDuplicateProperties = false };

    /// <summary>Reads options.</summary>
    /// <param name="json">An object with the names of <see cref="OptionTables"/>.</param>
    /// <returns>The options; the defaults for what is not named.</returns>
    /// <exception cref="ArgumentException">It is something else, or a value is not one of those accepted; the message names the option.</exception>
    public static DiceOptions Read(string json)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(json, s_strict);
            return OptionTables.Dice.Read(new OptionValue("", "", document.RootElement));
        }
        catch (JsonException refused)
        {
            throw new ArgumentException(refused.Message, nameof(json), refused);
        }
    }
}
