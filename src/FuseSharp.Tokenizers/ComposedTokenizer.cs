using System.Buffers;
using FuseSharp.Tokenizers.Normalization;
using FuseSharp.Tokenizers.Splitting;
using FuseSharp.Tokenizers.Words;

namespace FuseSharp.Tokenizers;

/// <summary>Every tokenizer: added tokens, normalizer, splitter, model; each part as the files say.</summary>
internal sealed class ComposedTokenizer : ITokenizer
{
    private readonly TokenizerDefinition _definition;
    private readonly AddedTokenMatcher _rawAdded;
    private readonly AddedTokenMatcher? _normalizedAdded;
    private readonly WordCache _cache = new();
    private readonly IReadOnlyList<ITextSplitter> _splitters;
    private readonly byte[][] _bytes;
    private readonly Lazy<string> _fingerprint;

    /// <summary>A tokenizer of checked parts.</summary>
    public ComposedTokenizer(TokenizerDefinition definition)
    {
        _definition = definition;
        var added = definition.AddedTokens.Where(t => !(definition.SplitsSpecialTokens && t.IsSpecial)).ToArray();
        _rawAdded = new AddedTokenMatcher(added.Where(t => !t.IsNormalized).Select(t => (t.Content, t)));
        if (added.Any(t => t.IsNormalized) || definition.Frozen.Count > 0)
        {
            _normalizedAdded = new AddedTokenMatcher([.. added.Where(t => t.IsNormalized).Select(t => (NormalizedContent(t), t)), .. definition.Frozen.Select(t => (t.Content, t))]);
        }

        _splitters = definition.Splitter switch
        {
            null => [],
            SequenceSplitter sequence => sequence.Steps,
            var only => [only],
        };
        _bytes = TokenBytes.Compute(definition);
        _fingerprint = new Lazy<string>(() => TokenizerFingerprint.Compute(definition));
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> Vocabulary => _definition.Vocabulary;

    /// <inheritdoc/>
    public TokenizerFamily Family => _definition.Family;

    /// <inheritdoc/>
    public int? EndOfTextId => _definition.EndOfTextId;

    /// <inheritdoc/>
    public int? BeginningOfTextId => _definition.BeginningOfTextId;

    /// <inheritdoc/>
    public bool AddsBeginningOfText => _definition.AddsBeginningOfText;

    /// <inheritdoc/>
    public string Fingerprint => _fingerprint.Value;

    /// <summary>The files it was read from or would be saved as.</summary>
    public IReadOnlyDictionary<string, byte[]> Files => _definition.Files;

    /// <inheritdoc/>
    public bool IsSpecial(int id)
    {
        Check(id);
        return _definition.SpecialIds.Contains(id);
    }

    /// <inheritdoc/>
    public ReadOnlyMemory<byte> TextOf(int id)
    {
        Check(id);
        return _bytes[id];
    }

    /// <inheritdoc/>
    public TokenizedText Encode(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var whole = AlignedText.FromText(text).All;
        int length = whole.Source.Starts[^1];
        var tokens = new TokenBuffer((length / 4) + 4);
        if (_definition.Opening is { } opening)
        {
            whole = opening.Normalize(whole, isContinuation: false);
        }

        var words = Lists();
        int done = whole.Start;
        int from = done;
        while (_rawAdded.Next(whole, ref from, done, out var found) is { } token)
        {
            EncodeBetween(whole.Cut(done, Math.Max(done, found.Start)), tokens, words);
            tokens.Add(token.Id, found.Source.Starts[found.EndExclusive]);
            done = found.EndExclusive;
        }

        EncodeBetween(whole.Cut(done, whole.EndExclusive), tokens, words);
        if (_definition.DropsMarkerBeforeSpecial && tokens.Count > 1 && Vocabulary[tokens[0]] == "▁" && IsSpecial(tokens[1]))
        {
            tokens.RemoveFirst();
        }

        return tokens.Build(length);
    }

    /// <inheritdoc/>
    public IReadOnlyList<int> EncodeContinuation(ReadOnlySpan<byte> bytes)
    {
        var text = AlignedText.FromBytes(bytes).All;
        if (text.Length == 0)
        {
            return [];
        }

        var tokens = new TokenBuffer(bytes.Length);
        EncodeWords(Normalized(text, isContinuation: true), tokens, Lists(), isContinuation: true);
        int[] ids = tokens.Build(bytes.Length).Ids;
        return ids.Contains(_definition.Model.UnknownId) ? [] : ids;
    }

    /// <inheritdoc/>
    public string Decode(ReadOnlySpan<int> ids)
    {
        var kept = new List<int>(ids.Length);
        foreach (int id in ids)
        {
            Check(id);
            if (!_definition.SpecialIds.Contains(id))
            {
                kept.Add(id);
            }
        }

        return kept.Count == 0 ? "" : _definition.Decoder.Decode([.. kept.Select(id => _definition.Vocabulary[id])]);
    }

    // One for each step.
    private List<TextSlice>[] Lists() => [.. _splitters.Select(_ => new List<TextSlice>())];

    private void EncodeBetween(TextSlice text, TokenBuffer tokens, List<TextSlice>[] words)
    {
        if (text.Length == 0)
        {
            return;
        }

        var normalized = Normalized(text, isContinuation: false);
        int done = normalized.Start;
        int from = done;
        while (_normalizedAdded?.Next(normalized, ref from, done, out var found) is { } token)
        {
            EncodeWords(normalized.Cut(done, Math.Max(done, found.Start)), tokens, words, isContinuation: false);
            tokens.Add(token.Id, found.Source.Starts[found.EndExclusive]);
            done = found.EndExclusive;
        }

        EncodeWords(normalized.Cut(done, normalized.EndExclusive), tokens, words, isContinuation: false);
    }

    private void EncodeWords(TextSlice text, TokenBuffer tokens, List<TextSlice>[] words, bool isContinuation)
    {
        if (text.Length > 0)
        {
            EncodeStep(text, 0, tokens, words, isContinuation);
        }
    }

    // Each word of a step goes through the others before the next one: what they make of it lives no longer than that.
    private void EncodeStep(TextSlice text, int step, TokenBuffer tokens, List<TextSlice>[] words, bool isContinuation)
    {
        if (step == _splitters.Count)
        {
            EncodeWord(text, tokens);
            return;
        }

        var parts = words[step];
        parts.Clear();
        _splitters[step].Split(text, parts, isContinuation);
        foreach (var part in parts)
        {
            EncodeStep(part, step + 1, tokens, words, isContinuation);
        }
    }

    private void EncodeWord(TextSlice word, TokenBuffer tokens)
    {
        var span = word.Span;
        if (span.Length > WordCache.LongestWord)
        {
            int[] rented = ArrayPool<int>.Shared.Rent(6 * span.Length);
            var longIds = rented.AsSpan(0, 3 * span.Length);
            var longEnds = rented.AsSpan(3 * span.Length, 3 * span.Length);
            int longCount = _definition.Model.Encode(span, longIds, longEnds);
            tokens.Add(word, longIds[..longCount], longEnds[..longCount]);
            ArrayPool<int>.Shared.Return(rented);
            return;
        }

        if (_cache.Find(span, out int slot) is not { } entry)
        {
            Span<int> ids = stackalloc int[3 * WordCache.LongestWord];
            Span<int> ends = stackalloc int[3 * WordCache.LongestWord];
            int count = _definition.Model.Encode(span, ids, ends);
            entry = new WordCache.Entry(span.ToString(), ids[..count].ToArray(), ends[..count].ToArray());
            _cache.Set(slot, entry);
        }

        tokens.Add(word, entry.Ids, entry.Ends);
    }

    private TextSlice Normalized(TextSlice text, bool isContinuation)
        => _definition.Normalizer is { } normalizer ? normalizer.Normalize(text, isContinuation) : text;

    private string NormalizedContent(AddedToken token)
        => Normalized(AlignedText.FromText(token.Content).All, isContinuation: false).Span.ToString();

    private void Check(int id)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(id);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(id, _definition.Vocabulary.Length);
    }
}
