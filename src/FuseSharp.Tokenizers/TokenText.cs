using System.Text;

namespace FuseSharp.Tokenizers;

/// <summary>How single tokens are named in the answers of model servers: by their texts, as OpenAI's do.</summary>
public static class TokenText
{
    private static readonly UTF8Encoding _strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The bytes of a token in a text; of a special token those of its name.</summary>
    /// <param name="tokenizer">The model's.</param>
    /// <param name="id">0-based, less than the vocabulary's size.</param>
    public static ReadOnlyMemory<byte> BytesOf(ITokenizer tokenizer, int id)
        => tokenizer.TextOf(id) is { Length: > 0 } bytes ? bytes : Encoding.UTF8.GetBytes(tokenizer.Vocabulary[id]);

    /// <summary>The text of a token; of a special token its name, and of bytes that are no whole characters what OpenAI writes: <c>bytes:\xe2\x82</c>.</summary>
    /// <param name="tokenizer">The model's.</param>
    /// <param name="id">0-based, less than the vocabulary's size.</param>
    public static string Show(ITokenizer tokenizer, int id)
    {
        var bytes = BytesOf(tokenizer, id);
        try
        {
            return _strict.GetString(bytes.Span);
        }
        catch (DecoderFallbackException)
        {
            return "bytes:" + string.Concat(bytes.ToArray().Select(b => FormattableString.Invariant($"\\x{b:x2}")));
        }
    }
}
