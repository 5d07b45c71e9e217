using System.Text;

namespace FuseSharp.Tokenizers.Tests;

/// <summary>What holds for the offsets of every text.</summary>
internal static class EndsCheck
{
    public static void Holds(string text, TokenizedText tokens)
    {
        Assert.Equal(tokens.Ids.Length, tokens.EndsExclusive.Length);
        int last = 0;
        foreach (int end in tokens.EndsExclusive)
        {
            Assert.True(end >= last, $"offset {end} after {last} in \"{text}\"");
            last = end;
        }

        Assert.True(tokens.Count == 0 || last == Encoding.UTF8.GetByteCount(text), $"last offset {last} in \"{text}\"");
    }
}
