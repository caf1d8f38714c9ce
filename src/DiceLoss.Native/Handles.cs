using System.Collections.Concurrent;

namespace DiceLoss.Native;

/// <summary>
/// Objects that C holds. What it is given looks like an address and is a number that is never given twice: whatever else comes back in its
/// place, such as one that was freed, is an error that can be told, and reads no memory.
/// </summary>
internal static class Handles
{
    private static readonly ConcurrentDictionary<nint, object> s_living = [];
    private static long s_last;

    /// <summary>Keeps an object.</summary>
    /// <returns>Its handle, not 0.</returns>
    public static nint Add(object value)
    {
        var handle = (nint)Interlocked.Increment(ref s_last);
        s_living[handle] = value;
        return handle;
    }

    /// <summary>Finds an object.</summary>
    /// <param name="handle">Its handle.</param>
    /// <param name="name">The name of the argument.</param>
    /// <returns>The object.</returns>
    /// <exception cref="ArgumentException">There is none of this type.</exception>
    public static T Find<T>(nint handle, string name)
        where T : class => s_living.TryGetValue(handle, out object? value) && value is T found ? found : throw NotAlive(handle, name);

    /// <summary>Lets go of an object; of none for handle 0.</summary>
    /// <inheritdoc cref="Find"/>
    public static void Free<T>(nint handle, string name)
        where T : class
    {
        if (handle == 0) return;
        if (!s_living.TryRemove(new KeyValuePair<nint, object>(handle, Find<T>(handle, name)))) throw NotAlive(handle, name);
    }

    private static ArgumentException NotAlive(nint handle, string name) =>
        new(handle == 0 ? "It is NULL." : "It is not alive: it was freed, or is not what a call of this library has given for it.", name);
}
