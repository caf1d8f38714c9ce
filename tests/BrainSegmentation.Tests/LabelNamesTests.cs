using System.Text;
using BrainSegmentation.Nifti;

namespace BrainSegmentation.Tests;

public class LabelNamesTests
{
    [Fact]
    public void Parse_FlagAndBlanksAround_GivesTheNames() => Assert.Equal(
        new Dictionary<int, string> { [1] = "l_a b", [12] = "r_c" }, LabelNames.Parse(Encoding.ASCII.GetBytes("\0\0\0\01\tl_a b\r\n12\tr_c   \0\0")));

    [Theory]
    [InlineData("", "empty")]
    [InlineData("\0\0\0\0", "empty")]
    [InlineData("one\tl_a", "a line is a label, a tab and a name")]
    [InlineData("-1\tl_a", "a line is a label, a tab and a name")]
    [InlineData("1 l_a", "a line is a label, a tab and a name")]
    [InlineData("1\tl_a\n1\tl_b", "label 1 twice")]
    public void Parse_BadTable_Throws(string table, string message) =>
        Assert.Contains(message, Assert.Throws<InvalidDataException>(() => LabelNames.Parse(Encoding.ASCII.GetBytes(table))).Message, StringComparison.Ordinal);
}
