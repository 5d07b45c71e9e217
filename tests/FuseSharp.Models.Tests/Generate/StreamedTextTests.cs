using System.Text;
using CsCheck;
using FuseSharp.Models.Generate;

namespace FuseSharp.Models.Tests.Generate;

public sealed class StreamedTextTests
{
    [Fact]
    public void Append_CharacterOverSeveralTokens_ComesWhole()
    {
        var text = new StreamedText([]);
        byte[] bytes = Encoding.UTF8.GetBytes("😀");

        Assert.Equal(["", "", "", "😀"], bytes.Select(b => text.Append([b])));
        Assert.Equal("", text.End());
    }

    [Fact]
    public void End_IncompleteCharacter_BecomesTheReplacementCharacter()
    {
        var text = new StreamedText([]);

        Assert.Equal("a", text.Append([(byte)'a', 0xE2, 0x82])); // the euro sign lacks its last byte
        Assert.Equal("\uFFFD", text.End());
    }

    [Fact]
    public void Append_BeginningOfAStop_WaitsAndComesBackWhereItIsNone()
    {
        var text = new StreamedText(["END"]);

        Assert.Equal("so ", Append(text, "so E"));
        Assert.Equal("", Append(text, "N"));
        Assert.Equal("ENough", Append(text, "ough"));
        Assert.False(text.HasStopped);
    }

    [Fact]
    public void Append_StopOverTokens_EndsBeforeIt()
    {
        var text = new StreamedText(["END"]);

        Assert.Equal("so ", Append(text, "so E"));
        Assert.Equal("", Append(text, "ND and more"));
        Assert.True(text.HasStopped);
        Assert.Equal("", text.End());
    }

    [Fact]
    public void Text_DoesNotDependOnWhereTokensBegin()
    {
        string[] stops = ["ab", "abc", "bca", "é€"];
        Gen.Char["abcé€ "].Array[0, 12].Select(Gen.Int[0, 1 << 20]).Sample(
            (characters, cuts) =>
            {
                byte[] bytes = Encoding.UTF8.GetBytes(characters);
                var whole = new StreamedText(stops);
                string expected = whole.Append(bytes) + whole.End();

                var cut = new StreamedText(stops);
                var parts = new StringBuilder();
                for (int start = 0, end; start < bytes.Length && !cut.HasStopped; start = end)
                {
                    for (end = start + 1; end < bytes.Length && (cuts >> (end % 20) & 1) == 0; end++)
                    {
                    }

                    parts.Append(cut.Append(bytes.AsSpan(start, end - start)));
                }

                return parts.Append(cut.End()).ToString() == expected && !stops.Any(s => expected.Contains(s, StringComparison.Ordinal));
            },
            seed: "0000000000000");
    }

    private static string Append(StreamedText text, string token) => text.Append(Encoding.UTF8.GetBytes(token));
}
