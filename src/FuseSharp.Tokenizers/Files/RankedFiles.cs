using System.Text.Json;
using System.Text.Json.Nodes;
using FuseSharp.Errors;

namespace FuseSharp.Tokenizers.Files;

/// <summary>Makes a <c>tokenizer.json</c> of a tiktoken file or of Mistral's <c>tekken.json</c>.</summary>
internal static class RankedFiles
{
    /// <summary>Whether a tokenizer has such a file and no other vocabulary.</summary>
    public static bool Holds(IReadOnlyDictionary<string, byte[]> contents)
        => !contents.ContainsKey(TokenizerFileNames.Json)
            && (contents.TryGetValue(TokenizerFileNames.SentencePiece, out byte[]? model) ? TiktokenReader.Is(model) : contents.ContainsKey(TokenizerFileNames.Tekken));

    /// <summary>The files with a <c>tokenizer.json</c>, and a <c>tokenizer_config.json</c> that names the roles.</summary>
    /// <exception cref="ModelException">They are damaged.</exception>
    public static TokenizerFiles Complete(TokenizerFiles files)
    {
        var vocabulary = files.Contents.ContainsKey(TokenizerFileNames.SentencePiece) ? TiktokenReader.Read(files)
            : TekkenReader.Read(files.Find(TokenizerFileNames.Tekken)!.Value, files.PathOf(TokenizerFileNames.Tekken));
        var contents = new Dictionary<string, byte[]>(files.Contents, StringComparer.Ordinal);

        // The new file holds all of it: the other would be read as SentencePiece's where a program looks for that first.
        contents.Remove(TokenizerFileNames.SentencePiece);
        contents.Remove(TokenizerFileNames.Tekken);
        contents[TokenizerFileNames.Json] = RankedJsonWriter.Write(vocabulary);
        contents[TokenizerFileNames.Config] = LibraryErrors.Guard(
            () => WithRoles(files.Contents.GetValueOrDefault(TokenizerFileNames.Config), vocabulary),
            (reason, fault) => new ModelException($"'{files.PathOf(TokenizerFileNames.Config)}' cannot be read: {reason} Correct the file.", fault));
        return new TokenizerFiles(files.PathOf(""), contents);
    }

    private static byte[] WithRoles(byte[]? config, RankedVocabulary vocabulary)
    {
        var root = config is null ? [] : JsonNode.Parse(config)!.AsObject();
        root["tokenizer_class"] = "PreTrainedTokenizerFast"; // what reads tokenizer.json as it is
        foreach (var (role, token) in new[] { ("bos_token", vocabulary.Beginning), ("eos_token", vocabulary.End) })
        {
            root[role] ??= token;
        }

        return JsonSerializer.SerializeToUtf8Bytes(root);
    }
}
