using System.Globalization;
using System.Text.Json;
using FuseSharp.Errors;
using FuseSharp.Tokenizers.Bpe;
using FuseSharp.Tokenizers.Gguf;
using FuseSharp.Tokenizers.Normalization;

namespace FuseSharp.Tokenizers.Files;

/// <summary>Writes a tokenizer as the metadata of a GGUF file: what <see cref="GgufTokenizerFiles"/> reads.</summary>
/// <remarks>Byte-level tokenizers become llama.cpp's "gpt2", SentencePiece ones its "llama". It splits words by a name that it knows: others are refused, for their ids would be wrong.</remarks>
public sealed class GgufTokenizerMetadata
{
    private const int Unused = 5;

    private readonly TokenizerFiles _files;
    private readonly TokenizerConfig _config;
    private readonly TokenizerDefinition _definition;

    /// <param name="model">Folder or GGUF file.</param>
    /// <exception cref="ModelException">There is no tokenizer, or it is damaged.</exception>
    public GgufTokenizerMetadata(string model)
    {
        _files = VocabularyFiles.Complete(TokenizerFiles.Read(model));
        _config = TokenizerConfig.Read(_files);
        _definition = TokenizerReader.Define(_files, _config);
    }

    private bool IsByteLevel => _definition.Family == TokenizerFamily.ByteLevel;

    private JsonPart Json => _files.Find(TokenizerFileNames.Json)!.Value;

    /// <summary>Adds all pairs.</summary>
    /// <param name="writer">Gets them.</param>
    /// <param name="rows">Of the embedding; ids that only it has get names of their own.</param>
    /// <param name="chatTemplate">Null for none.</param>
    /// <param name="ends">Ids that end what the model writes; beside its end-of-text token GGUF has names for two.</param>
    /// <exception cref="ModelException">llama.cpp has no such tokenizer, or the embedding fewer rows than it tokens.</exception>
    public void Add(GgufWriter writer, int rows, string? chatTemplate, IReadOnlyList<int> ends)
    {
        if (_definition.Vocabulary.Length > rows)
        {
            throw new ModelException(string.Create(CultureInfo.InvariantCulture, $"The tokenizer of '{_files.PathOf("")}' has {_definition.Vocabulary.Length:N0} tokens, the embedding in config.json only {rows:N0} rows. Put tokenizer and weights of the same model together."));
        }

        if (_definition.Model is not BpeModel || _definition.Normalizer is PieceNormalizer)
        {
            throw new ModelException($"The tokenizer of '{_files.PathOf("")}' is no byte-level BPE and no SentencePiece BPE without replacements of characters, the kinds that are written to GGUF here. Convert the model with llama.cpp's own script.");
        }

        string[] tokens = [.. _definition.Vocabulary, .. Enumerable.Range(_definition.Vocabulary.Length, rows - _definition.Vocabulary.Length).Select(i => FormattableString.Invariant($"[PAD{i}]"))];
        writer.Text("tokenizer.ggml.model", IsByteLevel ? "gpt2" : "llama").Texts("tokenizer.ggml.tokens", tokens).Numbers("tokenizer.ggml.token_type", KindsOf(tokens));
        if (IsByteLevel)
        {
            if (PrefixSpace.Forced(Json, _config) == true)
            {
                throw new ModelException($"'{_files.PathOf(TokenizerFileNames.Config)}' has 'add_prefix_space' true, which llama.cpp has no name for. A file without it would give other tokens.");
            }

            writer.Text("tokenizer.ggml.pre", GgufSplitters.NameOf(Json)).Texts("tokenizer.ggml.merges", [.. Merges().Select(m => $"{m.Left} {m.Right}")]);
        }
        else
        {
            writer.Text("tokenizer.ggml.pre", "default").Reals("tokenizer.ggml.scores", ScoresOf(tokens.Length)).Flag("tokenizer.ggml.add_space_prefix", PutsSpaceBefore());
        }

        foreach (var (key, id) in new[] { ("bos", _definition.BeginningOfTextId), ("eos", _definition.EndOfTextId), ("unknown", IdOf("unk_token")), ("padding", IdOf("pad_token")) })
        {
            if (id is { } known)
            {
                writer.Number($"tokenizer.ggml.{key}_token_id", known);
            }
        }

        string[] names = ["eot", "eom"];
        foreach (var (name, id) in names.Zip(ends.Where(e => e != _definition.EndOfTextId && e >= 0 && e < _definition.Vocabulary.Length).Distinct()))
        {
            writer.Number($"tokenizer.ggml.{name}_token_id", id);
        }

        writer.Flag("tokenizer.ggml.add_bos_token", _definition.AddsBeginningOfText).Flag("tokenizer.ggml.add_eos_token", false);
        if (chatTemplate is not null)
        {
            writer.Text("tokenizer.chat_template", chatTemplate);
        }
    }

    private int? IdOf(string role) => _config.Role(role) is { } token && Array.IndexOf(_definition.Vocabulary, token) is >= 0 and int id ? id : null;

    private bool PutsSpaceBefore()
    {
        var tokenizer = new ComposedTokenizer(_definition);
        return tokenizer.Encode("a").Ids is [var first, ..] && tokenizer.Vocabulary[first].StartsWith('▁');
    }

    private int[] KindsOf(string[] tokens)
    {
        int[] kinds = new int[tokens.Length];
        var added = _definition.AddedTokens.Where(t => !t.IsSpecial).Select(t => t.Id).ToHashSet();
        int unknown = _definition.Model.UnknownId;
        var model = (BpeModel)_definition.Model;
        for (int id = 0; id < kinds.Length; id++)
        {
            kinds[id] = id >= _definition.Vocabulary.Length ? Unused
                : id == unknown && !IsByteLevel ? (int)SentencePieceKind.Unknown
                : _definition.SpecialIds.Contains(id) ? (int)SentencePieceKind.Control
                : added.Contains(id) ? (int)SentencePieceKind.UserDefined
                : !IsByteLevel && Array.IndexOf(model.Bytes, id) >= 0 && tokens[id].StartsWith("<0x", StringComparison.Ordinal) ? (int)SentencePieceKind.Byte
                : (int)SentencePieceKind.Normal;
        }

        return kinds;
    }

    // Of a SentencePiece file its own; otherwise a piece scores higher the earlier its merge comes, as in the conversion the other way.
    private float[] ScoresOf(int count)
    {
        float[] scores = new float[count];
        if (_files.Contents.TryGetValue(TokenizerFileNames.SentencePiece, out byte[]? bytes))
        {
            var pieces = SentencePieceFile.Read(bytes, _files.PathOf(TokenizerFileNames.SentencePiece)).Pieces;
            for (int id = 0; id < Math.Min(count, pieces.Count); id++)
            {
                scores[id] = pieces[id].Score;
            }

            return scores;
        }

        var ids = _definition.Vocabulary.Select((token, id) => (token, id)).ToDictionary(t => t.token, t => t.id, StringComparer.Ordinal);
        var ranked = new HashSet<int>();
        foreach (var (left, right) in Merges())
        {
            if (ids.TryGetValue(left + right, out int id) && ranked.Add(id))
            {
                scores[id] = -ranked.Count;
            }
        }

        return scores;
    }

    private IEnumerable<(string Left, string Right)> Merges()
        => Json.Field("model").Field("merges").Items().Select(m => m.Kind == JsonValueKind.Array
            ? m.Items().Select(p => p.Text()).ToArray() is [var left, var right] ? (left, right) : throw m.Error("two token strings")
            : m.Text().Split(' ') is [var first, var second] ? (first, second) : throw m.Error("two token strings with one space between"));
}
