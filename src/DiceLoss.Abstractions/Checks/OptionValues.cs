using System.Runtime.CompilerServices;

namespace DiceLoss.Checks;

/// <summary>The checks of a single option's value.</summary>
internal static class OptionValues
{
    /// <summary>A number that is finite and not negative.</summary>
    public static double NotNegative(double value, [CallerMemberName] string name = "") =>
        double.IsFinite(value) && value >= 0 ? value : throw Refused(value, name, "finite and not negative");

    /// <summary>The same, or none.</summary>
    public static double? NotNegative(double? value, [CallerMemberName] string name = "") =>
        value is { } number ? NotNegative(number, name) : null;

    /// <summary>A number from 0 to a limit.</summary>
    public static double UpTo(double limit, double value, [CallerMemberName] string name = "") =>
        value >= 0 && value <= limit ? value : throw Refused(value, name, FormattableString.Invariant($"from 0 to {limit}"));

    /// <summary>A number from 0 to 1.</summary>
    public static double Share(double value, [CallerMemberName] string name = "") => UpTo(1, value, name);

    /// <summary>The same, or none.</summary>
    public static double? Share(double? value, [CallerMemberName] string name = "") =>
        value is { } number ? Share(number, name) : null;

    /// <summary>A number that is finite and greater than 0.</summary>
    public static double Positive(double value, [CallerMemberName] string name = "") =>
        double.IsFinite(value) && value > 0 ? value : throw Refused(value, name, "positive and finite");

    /// <summary>A member of an enumeration.</summary>
    public static T Member<T>(T value, [CallerMemberName] string name = "")
        where T : struct, Enum =>
        Enum.IsDefined(value) ? value : throw Refused(value, name, $"one of {string.Join(", ", Enum.GetNames<T>())}");

    private static ArgumentOutOfRangeException Refused(object value, string name, string range) =>
        new(name, value, FormattableString.Invariant($"{name} is {value}; it is {range}."));
}
