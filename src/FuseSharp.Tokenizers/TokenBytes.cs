using System.Globalization;
using System.Text;
using FuseSharp.Tokenizers.Bpe;

namespace FuseSharp.Tokenizers;

/// <summary>What each token adds to a text.</summary>
internal static class TokenBytes
{
    /// <summary>[tokens] The bytes of each token in the middle of a text; empty for special tokens.</summary>
    public static byte[][] Compute(TokenizerDefinition definition)
    {
        var added = definition.AddedTokens.Select(t => t.Id).ToHashSet();
        byte[][] bytes = new byte[definition.Vocabulary.Length][];
        for (int id = 0; id < bytes.Length; id++)
        {
            string token = definition.Vocabulary[id];
            bytes[id] = definition.SpecialIds.Contains(id) ? []
                : added.Contains(id) ? Encoding.UTF8.GetBytes(token)
                : definition.ContinuationPrefix is { } prefix ? Encoding.UTF8.GetBytes(token.StartsWith(prefix, StringComparison.Ordinal) ? token[prefix.Length..] : " " + token)
                : definition.Family == TokenizerFamily.ByteLevel ? ByteAlphabet.Read(token) ?? Encoding.UTF8.GetBytes(token)
                : ByteOf(token) is >= 0 and int value ? [(byte)value]
                : Encoding.UTF8.GetBytes(token.Replace('▁', ' '));
        }

        return bytes;
    }

    /// <summary>The byte that <c>&lt;0x0A&gt;</c> stands for, or -1 for any other token.</summary>
    public static int ByteOf(string token)
        => token.Length == 6 && token.StartsWith("<0x", StringComparison.Ordinal) && token[5] == '>'
            && byte.TryParse(token.AsSpan(3, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out byte value) ? value : -1;

    /// <summary>How a byte is written: <c>&lt;0x0A&gt;</c>.</summary>
    public static string Name(int value) => string.Create(CultureInfo.InvariantCulture, $"<0x{value:X2}>");
}
