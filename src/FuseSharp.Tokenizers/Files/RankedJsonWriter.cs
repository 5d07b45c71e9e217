using System.Text.Json;
using FuseSharp.Errors;
using FuseSharp.Tokenizers.Bpe;

namespace FuseSharp.Tokenizers.Files;

/// <summary>Writes a ranked vocabulary as a <c>tokenizer.json</c> with the same ids, as transformers' converters do: every way to merge two tokens into a third, in the order of its rank.</summary>
internal static class RankedJsonWriter
{
    // Published vocabularies have three for each token at most.
    private const int MostMergesForToken = 16;

    /// <summary>The file.</summary>
    public static byte[] Write(RankedVocabulary vocabulary)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            json.WriteString("version", "1.0");
            WriteAdded(json, vocabulary.Added);
            WriteSplitter(json, vocabulary.Pattern);
            if (vocabulary.Added.FirstOrDefault(t => t.Content == vocabulary.Beginning) is { Content: { } beginning, Id: var id })
            {
                json.WritePropertyName("post_processor");
                json.WriteRawValue(PostProcessorReader.Beginning(beginning, id).ToJsonString());
            }

            json.WritePropertyName("decoder");
            json.WriteRawValue("""{"type":"ByteLevel","add_prefix_space":true,"trim_offsets":true,"use_regex":true}""");
            WriteModel(json, vocabulary);
            json.WriteEndObject();
        }

        return stream.ToArray();
    }

    private static void WriteAdded(Utf8JsonWriter json, IReadOnlyList<(string Content, int Id, bool IsSpecial)> added)
    {
        json.WriteStartArray("added_tokens");
        foreach (var (content, id, isSpecial) in added)
        {
            json.WriteStartObject();
            json.WriteNumber("id", id);
            json.WriteString("content", content);
            foreach (string flag in new[] { "single_word", "lstrip", "rstrip", "normalized" })
            {
                json.WriteBoolean(flag, false);
            }

            json.WriteBoolean("special", isSpecial);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteSplitter(Utf8JsonWriter json, string pattern)
    {
        json.WriteStartObject("pre_tokenizer");
        json.WriteString("type", "Sequence");
        json.WriteStartArray("pretokenizers");
        json.WriteStartObject();
        json.WriteString("type", "Split");
        json.WriteStartObject("pattern");
        json.WriteString("Regex", pattern);
        json.WriteEndObject();
        json.WriteString("behavior", "Isolated");
        json.WriteBoolean("invert", false);
        json.WriteEndObject();
        json.WriteRawValue("""{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true,"use_regex":false}""");
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteModel(Utf8JsonWriter json, RankedVocabulary vocabulary)
    {
        string[] tokens = [.. vocabulary.Tokens.Select(t => ByteAlphabet.Write(t))];
        json.WriteStartObject("model");
        json.WriteString("type", "BPE");
        json.WriteBoolean("ignore_merges", true); // a word that is a token stays whole
        json.WriteStartObject("vocab");
        for (int rank = 0; rank < tokens.Length; rank++)
        {
            json.WriteNumber(tokens[rank], vocabulary.FirstId + rank);
        }

        json.WriteEndObject();
        json.WriteStartArray("merges");
        foreach (var (left, right) in Merges(tokens, vocabulary.Path))
        {
            json.WriteStartArray();
            json.WriteStringValue(left);
            json.WriteStringValue(right);
            json.WriteEndArray();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static IEnumerable<(string Left, string Right)> Merges(string[] tokens, string path)
    {
        var ranks = tokens.Select((token, rank) => (token, rank)).ToDictionary(t => t.token, t => t.rank, StringComparer.Ordinal);
        var lookup = ranks.GetAlternateLookup<ReadOnlySpan<char>>();
        var ways = new List<(int Left, int Right)>();
        long left = (long)MostMergesForToken * tokens.Length;
        foreach (string token in tokens)
        {
            ways.Clear();
            for (int cut = 1; cut < token.Length; cut++)
            {
                if (lookup.TryGetValue(token.AsSpan(0, cut), out int first) && lookup.TryGetValue(token.AsSpan(cut), out int second))
                {
                    ways.Add((first, second));
                }
            }

            left -= ways.Count;
            if (left < 0)
            {
                throw new ModelException($"'{path}' has more than {MostMergesForToken} ways to merge tokens for each of them; expected two or three. The file is damaged: copy or download it again.");
            }

            ways.Sort();
            foreach (var (first, second) in ways)
            {
                yield return (tokens[first], tokens[second]);
            }
        }
    }
}
