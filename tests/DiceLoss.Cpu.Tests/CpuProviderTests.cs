using DiceLoss.Cpu.Simd;

namespace DiceLoss.Cpu.Tests;

public sealed class CpuProviderTests
{
    [Fact]
    public void SupportedLevels_StartWithScalarAndAscend()
    {
        Assert.Equal(SimdLevel.Scalar, CpuProvider.SupportedLevels[0]);
        Assert.Equal(CpuProvider.SupportedLevels.Order().Distinct(), CpuProvider.SupportedLevels);
    }

    [Fact]
    public void Constructor_Defaults_TakesTheWidestLevelUnlessTheEnvironmentSaysOtherwise()
    {
        SimdLevel expected = SimdLevels.Parse(Environment.GetEnvironmentVariable("DICELOSS_SIMD")) ?? CpuProvider.SupportedLevels[^1];
        Assert.Equal(expected, new CpuProvider().SimdLevel);
        Assert.Equal(expected, CpuProvider.Shared.SimdLevel);
        Assert.Equal("cpu", CpuProvider.Shared.Name);
    }

    [Fact]
    public void Constructor_ForcedLevel_IsTheLevel()
    {
        foreach (SimdLevel level in Enum.GetValues<SimdLevel>())
        {
            var options = new CpuOptions { SimdLevel = level };
            if (CpuProvider.SupportedLevels.Contains(level)) Assert.Equal(level, new CpuProvider(options).SimdLevel);
            else Assert.Contains($"SimdLevel.{level} is asked for", Assert.Throws<PlatformNotSupportedException>(() => new CpuProvider(options)).Message, StringComparison.Ordinal);
        }

        var error = Assert.Throws<PlatformNotSupportedException>(() => new CpuProvider(new CpuOptions { SimdLevel = (SimdLevel)99 }));
        Assert.Equal($"SimdLevel.99 is asked for, but this machine runs {string.Join(", ", CpuProvider.SupportedLevels)}.", error.Message);
    }

    [Theory]
    [InlineData("512", SimdLevel.Vector512)]
    [InlineData("256", SimdLevel.Vector256)]
    [InlineData(" 128 ", SimdLevel.Vector128)]
    [InlineData("Scalar", SimdLevel.Scalar)]
    [InlineData("", null)]
    [InlineData(null, null)]
    public void Parse_KnownValues_AreLevels(string? value, SimdLevel? expected) => Assert.Equal(expected, SimdLevels.Parse(value));

    [Theory]
    [InlineData("1024")]
    [InlineData("avx2")]
    public void Parse_UnknownValue_NamesTheVariableAndTheChoices(string value) => Assert.Equal(
        $"The environment variable DICELOSS_SIMD is '{value}'; it is 512, 256, 128 or scalar.",
        Assert.Throws<ArgumentException>(() => SimdLevels.Parse(value)).Message);

    [Fact]
    public void MaxThreads_Negative_Throws()
    {
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => new CpuOptions { MaxThreads = -1 });
        Assert.Contains("MaxThreads is -1; it is 0 (the whole team) or more.", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Supports_Cuda_SaysWhyNot()
    {
        Assert.False(CpuProvider.Shared.Supports(Device.Cuda(2), ElementType.Float32, ElementType.Int64, out string? reason));
        Assert.Equal("It works in main memory, not on cuda:2.", reason);
        var error = Assert.Throws<NotSupportedException>(() => Dice.Forward(
            new TensorDescriptor(0, Device.Cuda(), ElementType.Float32, [0, 2]), new TensorDescriptor(0, Device.Cuda(), ElementType.Int64, [0]), null, CpuProvider.Shared));
        Assert.Equal("The provider 'cpu' does not take Float32 logits and Int64 targets on cuda:0. It works in main memory, not on cuda:0.", error.Message);
    }
}
