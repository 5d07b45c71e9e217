using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Text;
using FuseSharp.Errors;

namespace FuseSharp.Tokenizers.Files;

/// <summary>Reads a tiktoken file, lines of a token in base64 and its rank: what Meta publishes Llama 3 with, under the name <c>tokenizer.model</c>.</summary>
/// <remarks>The file says neither how words are cut nor which tokens are special; both are Llama 3's. Special tokens that <c>tokenizer_config.json</c> names go before.</remarks>
internal static class TiktokenReader
{
    private const int Reserved = 256;

    private static readonly string[] _specials =
    [
        "<|begin_of_text|>", "<|end_of_text|>", "<|reserved_special_token_0|>", "<|reserved_special_token_1|>", "<|finetune_right_pad_id|>", "<|reserved_special_token_2|>",
        "<|start_header_id|>", "<|end_header_id|>", "<|eom_id|>", "<|eot_id|>", "<|python_tag|>",
    ];

    private static readonly SearchValues<byte> _base64 = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="u8);

    /// <summary>Whether a file begins with such a line.</summary>
    public static bool Is(ReadOnlySpan<byte> bytes)
    {
        int space = bytes.IndexOf((byte)' ');
        int end = bytes.IndexOf((byte)'\n');
        return space > 0 && end > space + 1 && !bytes[..space].ContainsAnyExcept(_base64) && !bytes[(space + 1)..end].TrimEnd((byte)'\r').ContainsAnyExceptInRange((byte)'0', (byte)'9');
    }

    /// <summary>The vocabulary.</summary>
    /// <exception cref="ModelException">It is damaged.</exception>
    public static RankedVocabulary Read(TokenizerFiles files)
    {
        string path = files.PathOf(TokenizerFileNames.SentencePiece);
        var tokens = RankedVocabulary.InOrder(ReadLines(files.Contents[TokenizerFileNames.SentencePiece], path), path);
        bool isDescribed = files.Find(TokenizerFileNames.Config)?.Find("added_tokens_decoder") is not null;
        return new RankedVocabulary
        {
            Path = path,
            Tokens = tokens,
            FirstId = 0,
            Pattern = SplitterReader.Llama3,
            Added = isDescribed ? [] : [.. Enumerable.Range(0, Reserved).Select(i => (NameOf(i), tokens.Count + i, true))],
            Beginning = _specials[0],
            End = _specials[1],
        };
    }

    private static string NameOf(int index)
        => index < _specials.Length ? _specials[index] : string.Create(CultureInfo.InvariantCulture, $"<|reserved_special_token_{index - _specials.Length + 3}|>");

    private static List<(byte[] Token, int Rank)> ReadLines(ReadOnlySpan<byte> bytes, string path)
    {
        var tokens = new List<(byte[] Token, int Rank)>();
        while (!bytes.IsEmpty)
        {
            int end = bytes.IndexOf((byte)'\n');
            var line = (end < 0 ? bytes : bytes[..end]).TrimEnd((byte)'\r');
            bytes = end < 0 ? [] : bytes[(end + 1)..];
            if (line.IsEmpty)
            {
                continue;
            }

            int space = line.IndexOf((byte)' ');
            byte[] token = new byte[Math.Max(0, space)];
            if (space <= 0 || Base64.DecodeFromUtf8(line[..space], token, out _, out int count) != OperationStatus.Done || !int.TryParse(line[(space + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out int rank))
            {
                string shown = Encoding.UTF8.GetString(line[..Math.Min(40, line.Length)]);
                throw new ModelException(FormattableString.Invariant($"'{path}' has \"{shown}\" in line {tokens.Count + 1}; expected a token in base64, a space and its rank. Copy or download the file again."));
            }

            tokens.Add((token[..count], rank));
        }

        return tokens;
    }
}
