using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using FuseSharp.Tokenizers.Bpe;
using FuseSharp.Tokenizers.Unigram;
using FuseSharp.Tokenizers.Words;

namespace FuseSharp.Tokenizers;

/// <summary>Hashes what decides ids.</summary>
internal static class TokenizerFingerprint
{
    /// <summary>Hexadecimal SHA-256.</summary>
    public static string Compute(TokenizerDefinition definition)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Add(hash, "fusesharp tokenizer 1", definition.Family.ToString());
        Add(hash, definition.Vocabulary);
        AddModel(hash, definition.Model, definition.DropsMarkerBeforeSpecial);
        if (definition.SplitsSpecialTokens)
        {
            Add(hash, "splits special tokens");
        }

        foreach (var token in definition.Frozen)
        {
            Add(hash, "frozen", token.Content);
        }

        Add(hash, definition.Opening?.Description ?? "", definition.Normalizer?.Description ?? "", definition.Splitter?.Description ?? "");
        foreach (var token in definition.AddedTokens.OrderBy(t => t.Id))
        {
            Add(hash, token.Content, token.ToString());
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static void AddModel(IncrementalHash hash, IWordModel model, bool dropsMarker)
    {
        switch (model)
        {
            case BpeModel bpe:
                foreach (var (left, right, rank, result) in bpe.Merges.InOrder())
                {
                    AddNumbers(hash, left, right, rank, result);
                }

                AddNumbers(hash, bpe.Bytes);
                AddNumbers(hash, bpe.LooseCharacters);
                AddNumbers(hash, bpe.UnknownId, bpe.FusesUnknown ? 1 : 0, bpe.WholeWords is null ? 0 : 1, dropsMarker ? 1 : 0);
                break;
            case UnigramModel unigram:
                Add(hash, "unigram", string.Join(';', unigram.Scores.Select(s => s.ToString("R", CultureInfo.InvariantCulture))));
                AddNumbers(hash, unigram.Bytes);
                AddNumbers(hash, unigram.UnknownId, unigram.FusesUnknown ? 1 : 0, unigram.IsSingle ? 1 : 0, dropsMarker ? 1 : 0);
                AddNumbers(hash, unigram.Preferred is { } preferred ? [.. preferred.Ids.Order()] : []);
                break;
            case WordPieceModel pieces:
                Add(hash, "word pieces", pieces.Prefix);
                AddNumbers(hash, pieces.UnknownId, pieces.LongestWord);
                break;
            default:
                Add(hash, "words");
                AddNumbers(hash, model.UnknownId);
                break;
        }
    }

    private static void Add(IncrementalHash hash, params ReadOnlySpan<string> texts)
    {
        foreach (string text in texts)
        {
            byte[] bytes = Encoding.UTF8.GetBytes(text);
            AddNumbers(hash, bytes.Length);
            hash.AppendData(bytes);
        }
    }

    private static void AddNumbers(IncrementalHash hash, params ReadOnlySpan<int> numbers)
    {
        foreach (int number in numbers)
        {
            hash.AppendData(Encoding.ASCII.GetBytes(number.ToString(CultureInfo.InvariantCulture) + ";"));
        }
    }
}
