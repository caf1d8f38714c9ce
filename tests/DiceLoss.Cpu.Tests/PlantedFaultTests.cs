using System.Reflection;
using System.Text.Json;

namespace DiceLoss.Cpu.Tests;

/// <summary>The list of faults that eng/planted-faults.cs plants still fits the sources and the tests.</summary>
public sealed class PlantedFaultTests
{
    private static readonly Fault[] s_faults = JsonSerializer.Deserialize<Fault[]>(Text("planted-faults.json"), JsonSerializerOptions.Web)!;

    [Fact]
    public void Right_OfEveryFault_OccursOnceInItsFileAndDiffersFromWrong() => Assert.All(s_faults, fault =>
    {
        Assert.Equal(2, Text(Path.Combine("src", fault.File)).Split(fault.Right).Length);
        Assert.NotEqual(fault.Right, fault.Wrong);
    });

    [Fact]
    public void Test_OfEveryFault_IsAMethodOfATest()
    {
        Type[] types = typeof(PlantedFaultTests).Assembly.GetTypes();
        Assert.All(s_faults, fault =>
        {
            string[] names = fault.Test.Split('.');
            MethodInfo? method = types.Single(type => type.Name == names[0]).GetMethod(names[1]);
            Assert.True(method?.IsDefined(typeof(FactAttribute), inherit: true), fault.Test);
        });
    }

    [Fact]
    public void What_OfEveryFaultOfAFile_IsSaidOnce() => Assert.Distinct(s_faults.Select(fault => (fault.File, fault.What)));

    private static string Text(string file) => File.ReadAllText(Path.Combine(AppContext.BaseDirectory, file));

    private sealed record Fault(string What, string File, string Right, string Wrong, string Test);
}
