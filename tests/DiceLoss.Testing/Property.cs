using System.Globalization;
using FsCheck;
using FsCheck.Fluent;

namespace DiceLoss.Testing;

/// <summary>
/// Runs a property over random cases. Every run draws the same ones, unless <c>DICELOSS_SEED</c> says otherwise;
/// <c>DICELOSS_CASES</c> multiplies their number. A failure names the case, after shrinking, and the seed.
/// </summary>
public static class Property
{
    private const int Size = 50; // which the cases do not depend on

    private static ulong Seed => ulong.Parse(Environment.GetEnvironmentVariable("DICELOSS_SEED") ?? "20240229", CultureInfo.InvariantCulture);

    /// <summary>Checks a property.</summary>
    /// <param name="cases">Where the cases come from.</param>
    /// <param name="count">How many.</param>
    /// <param name="holds">Throws when the property does not hold.</param>
    public static void Holds<T>(Arbitrary<T> cases, int count, Action<T> holds)
    {
        ulong seed = Seed;
        int factor = int.Parse(Environment.GetEnvironmentVariable("DICELOSS_CASES") ?? "1", CultureInfo.InvariantCulture), ran = 0;
        Config config = Config.QuickThrowOnFailure.WithMaxTest(count * factor).WithReplay(seed, Gamma(seed)).WithQuietOnSuccess(true);
        Exception? last = null;
        void Body(T value)
        {
            ran++;
            try
            {
                holds(value);
            }
            catch (Exception e)
            {
                last = e;
                throw;
            }
        }

        try
        {
            Check.One(config, Prop.ForAll(cases, (Action<T>)Body));
        }
        catch (Exception e) when (last is not null)
        {
            Assert.Fail($"DICELOSS_SEED={seed}: {last.Message}{Environment.NewLine}{e.Message}");
        }

        Assert.True(ran > 0, "No case was run.");
    }

    /// <summary>Draws random cases, the same ones in every run unless <c>DICELOSS_SEED</c> says otherwise.</summary>
    /// <param name="cases">Where the cases come from.</param>
    /// <param name="count">How many.</param>
    public static T[] Draw<T>(Gen<T> cases, int count) => [.. cases.Sample(count, new Rnd(Seed, Gamma(Seed)), Size)];

    // The random numbers' second number, which has to be odd.
    private static ulong Gamma(ulong seed) => (seed << 1) | 1;
}
