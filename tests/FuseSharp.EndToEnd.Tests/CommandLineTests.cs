using System.Globalization;
using FuseSharp.Cli;

namespace FuseSharp.EndToEnd.Tests;

public sealed class CommandLineTests
{
    [Theory]
    [InlineData("de-DE")]
    [InlineData("tr-TR")]
    [InlineData("")]
    public void Parse_RealNumber_HasAPointInEveryCulture(string culture)
    {
        CultureInfo.CurrentCulture = new CultureInfo(culture);

        var parsed = CommandLine.Create().Parse(["generate", "model", "--prompt", "a", "--temperature", "0.5"]);

        Assert.Empty(parsed.Errors);
        Assert.Equal(0.5, parsed.GetValue<double>("--temperature"));
        Assert.Contains("--temperature is '0,5', expected a number such as 0.5", Assert.Single(CommandLine.Create().Parse(["generate", "model", "--prompt", "a", "--temperature", "0,5"]).Errors).Message, StringComparison.Ordinal);
    }
}
