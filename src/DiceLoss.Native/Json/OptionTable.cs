using System.Text.Json;

namespace DiceLoss.Native.Json;

/// <summary>A record's properties by their names in JSON.</summary>
/// <param name="defaults">The record where nothing is named.</param>
/// <param name="setters">For each name, how to set the property.</param>
internal sealed class OptionTable<T>(T defaults, Dictionary<string, Func<T, OptionValue, T>> setters)
{
    /// <summary>The names.</summary>
    public IReadOnlyCollection<string> Names => setters.Keys;

    /// <summary>Reads a record.</summary>
    /// <param name="value">An object with these names.</param>
    /// <returns>The record.</returns>
    /// <exception cref="JsonException">It is something else, or a value is not one of those accepted; the message names the option.</exception>
    public T Read(OptionValue value)
    {
        T record = defaults;
        foreach (OptionValue option in value.Members())
        {
            if (!setters.TryGetValue(option.Name, out Func<T, OptionValue, T>? set)) throw value.Unknown(option, setters.Keys);
            try
            {
                record = set(record, option);
            }
            catch (ArgumentException refused)
            {
                throw option.Refused(refused);
            }
        }

        return record;
    }
}
