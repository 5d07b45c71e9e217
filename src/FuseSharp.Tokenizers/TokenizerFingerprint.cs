using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace FuseSharp.Tokenizers;

/// <summary>Hashes what decides ids.</summary>
internal static class TokenizerFingerprint
{
    /// <summary>Hexadecimal SHA-256.</summary>
    public static string Compute(TokenizerDefinition definition)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var model = definition.Model;
        Add(hash, "fusesharp tokenizer 1", definition.Family.ToString());
        Add(hash, definition.Vocabulary);
        foreach (var (left, right, rank, result) in model.Merges.InOrder())
        {
            AddNumbers(hash, left, right, rank, result);
        }

        AddNumbers(hash, model.Bytes);
        AddNumbers(hash, model.LooseCharacters);
        AddNumbers(hash, model.UnknownId, model.FusesUnknown ? 1 : 0, model.WholeWords is null ? 0 : 1, definition.DropsMarkerBeforeSpecial ? 1 : 0);
        Add(hash, definition.Opening?.Description ?? "", definition.Normalizer?.Description ?? "", definition.Splitter?.Description ?? "");
        foreach (var token in definition.AddedTokens.OrderBy(t => t.Id))
        {
            Add(hash, token.Content, token.ToString());
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
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
