namespace DiceLoss.TorchSharp.Tests;

/// <summary>What is said when the native libraries do not load.</summary>
public class LoadFailureTests
{
    private static readonly NotSupportedException s_failure = new("TorchSharp's own words.");

    [Fact]
    public void Explain_NoLibtorch_NamesThePackage()
    {
        DllNotFoundException explained = LoadFailure.Explain(s_failure, "Unable to load shared library 'torch_cpu'", "Unable to load 'LibTorchSharp'");
        Assert.StartsWith("libtorch was not found.", explained.Message, StringComparison.Ordinal);
        Assert.Contains("<PackageReference Include=\"libtorch-cpu-", explained.Message, StringComparison.Ordinal);
        Assert.EndsWith("The system says: Unable to load shared library 'torch_cpu'", explained.Message, StringComparison.Ordinal);
        Assert.Same(s_failure, explained.InnerException);
    }

    [Theory]
    [InlineData("linux-x64", "for this one, add <PackageReference Include=\"libtorch-cpu-linux-x64\" Version=\"2.10.0\" />")]
    [InlineData("win-arm64", "for this one, add <PackageReference Include=\"libtorch-cpu-win-arm64\" Version=\"2.10.0\" />")]
    [InlineData("osx-x64", "there is none for osx-x64, only for linux-x64, osx-arm64, win-arm64, win-x64.")]
    [InlineData("linux-arm64", "there is none for linux-arm64, only for")]
    public void Explain_NoLibtorchOnAPlatform_NamesItsPackageOrSaysThatThereIsNone(string platform, string remedy) =>
        Assert.Contains(remedy, LoadFailure.Explain(s_failure, "Unable to load shared library 'torch_cpu'", null, platform).Message, StringComparison.Ordinal);

    [Fact]
    public void Explain_OldCppRuntime_NamesTheRepair()
    {
        const string Cause = "libstdc++.so.6: version `GLIBCXX_3.4.32' not found (required by libLibTorchSharp.so)";
        const string Missing = "cannot open shared object file: No such file or directory";
        DllNotFoundException explained = LoadFailure.Explain(s_failure, null, $"Unable to load.\na.so: {Missing}\n{Cause}\nb.so: {Missing}\n");
        Assert.Contains("eng/LibTorchRepair.targets", explained.Message, StringComparison.Ordinal);
        Assert.EndsWith($"The system says: {Cause}", explained.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Explain_OtherVersionOfLibtorch_SaysThatTheyMustFit() =>
        Assert.Contains("their versions must fit", LoadFailure.Explain(s_failure, null, "undefined symbol: x").Message, StringComparison.Ordinal);

    [Fact]
    public void Explain_BothLoad_KeepsTheCause() =>
        Assert.Same(s_failure, LoadFailure.Explain(s_failure, null, null).InnerException);

    [Fact]
    public void EnsureLoaded_LibrariesAreThere_Passes()
    {
        LibTorch.EnsureLoaded();
        Assert.True(is_grad_enabled());
    }
}
