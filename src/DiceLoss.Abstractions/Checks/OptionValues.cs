using System.Runtime.CompilerServices;

namespace DiceLoss.Checks;

/// <summary>The checks of a single option's value.</summary>
internal static class OptionValues
{
    /// <summary>A number that is finite and not negative.</summary>
    public static double NotNegative(double value, [CallerMemberName] string name = "") =>
        double.IsFinite(value) && value >= 0 ? value : throw new ArgumentOutOfRangeException(
            name, value, FormattableString.Invariant($"{name} is {value}; it is finite and not negative."));

    /// <summary>A member of an enumeration.</summary>
    public static T Member<T>(T value, string name)
        where T : struct, Enum =>
        Enum.IsDefined(value) ? value : throw new ArgumentOutOfRangeException(
            name, value, $"{name} is {value}; it is one of {string.Join(", ", Enum.GetNames<T>())}.");
}
