using System.Text.Json;
using FuseSharp.Errors;
using FuseSharp.Tokenizers.Files;

namespace FuseSharp.Tokenizers.Tests;

public sealed class SerdeNumberTests
{
    [Theory]
    [InlineData("-3.5", -3.5)]
    [InlineData("12", 12)]
    [InlineData("1e2", 100)]
    [InlineData("-25e-1", -2.5)]
    [InlineData("0.0", 0)]
    [InlineData("1e-400", 0)]
    [InlineData("184467440737095516159", 184467440737095516150.0)] // the 21st digit no longer fits into 64 bits
    public void Read_ByHand(string text, double expected) => Assert.Equal(expected, Read(text));

    // 17 digits are more than 53 bits: rounded once as a whole number, once more by the division. The nearest double is another.
    [Fact]
    public void Read_LongNumber_IsTwiceRounded()
    {
        Assert.Equal(34656570434570313.0 / 1e16, Read("3.4656570434570313"));
        Assert.Contains(Enumerable.Range(0, 1000).Select(i => FormattableString.Invariant($"-9.{i:D3}7434539794923")), t => Read(t) != double.Parse(t, System.Globalization.CultureInfo.InvariantCulture));
    }

    [Theory]
    [InlineData("1e400")]
    [InlineData("1e999999999999")]
    [InlineData("\"1\"")]
    public void Read_WhatIsNoDouble_IsAFault(string text) => Assert.Throws<ModelException>(() => Read(text));

    private static double Read(string text)
    {
        using var document = JsonDocument.Parse(text);
        return SerdeNumber.Read(new JsonPart(document.RootElement, "x"));
    }
}
