using System.Globalization;
using System.Text;
using FuseSharp.Tokenizers;

namespace FuseSharp.Serve.Protocol;

/// <summary>How tokens are shown to clients.</summary>
internal static class TokenText
{
    private static readonly UTF8Encoding _strict = new(false, throwOnInvalidBytes: true);

    /// <summary>The bytes of a token in a text; of a special token those of its name.</summary>
    public static ReadOnlyMemory<byte> BytesOf(ITokenizer tokenizer, int id)
        => tokenizer.TextOf(id) is { Length: > 0 } bytes ? bytes : Encoding.UTF8.GetBytes(tokenizer.Vocabulary[id]);

    /// <summary>Its text; bytes that are no whole characters as OpenAI writes them: <c>bytes:\xe2\x82</c>.</summary>
    public static string Show(ITokenizer tokenizer, int id)
    {
        var bytes = BytesOf(tokenizer, id).Span;
        try
        {
            return _strict.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            var text = new StringBuilder("bytes:");
            foreach (byte b in bytes)
            {
                text.Append(CultureInfo.InvariantCulture, $"\\x{b:x2}");
            }

            return text.ToString();
        }
    }
}
