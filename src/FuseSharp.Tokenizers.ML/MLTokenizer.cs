using System.Buffers;
using Microsoft.ML.Tokenizers;

namespace FuseSharp.Tokenizers.ML;

/// <summary>A tokenizer of FuseSharp where a <see cref="Tokenizer"/> of Microsoft.ML.Tokenizers is asked for.</summary>
/// <remarks>
/// Ids are those of <see cref="ITokenizer.Encode"/>: no special token is added, those written out in a text are recognized. Offsets count the text's own UTF-16 units, whatever the
/// tokenizer makes of it on its way, and normalized texts are null; of a character of several tokens each has the whole range. A text cut by a number of tokens is never
/// cut inside a character: then there are fewer tokens than asked for. Safe to use from several threads.
/// </remarks>
/// <param name="tokenizer">What does the work.</param>
public sealed class MLTokenizer(ITokenizer tokenizer) : Tokenizer
{
    // Tokens that a buffer is tried to be left short by; each try decodes all of them.
    private const int LooksBack = 64;

    private readonly Lazy<IReadOnlyDictionary<string, int>> _vocabulary = new(() => Numbered(tokenizer.Vocabulary));

    /// <summary>What does the work; it knows more, such as the bytes of a token and special tokens.</summary>
    public ITokenizer Inner { get; } = tokenizer ?? throw new ArgumentNullException(nameof(tokenizer));

    /// <summary>Ids by token strings, as the vocabulary writes them (<c>▁the</c>, <c>Ġthe</c>), added tokens included; of equal strings the first.</summary>
    public IReadOnlyDictionary<string, int> Vocabulary => _vocabulary.Value;

    /// <summary>Puts tokens together; special ones are skipped, bytes that form no character become U+FFFD.</summary>
    /// <param name="ids">Token ids.</param>
    /// <exception cref="ArgumentOutOfRangeException">The vocabulary has no such id.</exception>
    public override string Decode(IEnumerable<int> ids)
    {
        ArgumentNullException.ThrowIfNull(ids);
        return Inner.Decode([.. ids]);
    }

    /// <summary>Puts tokens together in a buffer: all of them, or some that fit and after which those that are left decode to the rest of the text; maybe none.</summary>
    /// <param name="ids">Token ids.</param>
    /// <param name="destination">Gets the text.</param>
    /// <param name="idsConsumed">Tokens whose text it got.</param>
    /// <param name="charsWritten">UTF-16 units of that.</param>
    /// <returns>Whether all fitted; invalid data, and nothing written, where the vocabulary lacks an id.</returns>
    public override OperationStatus Decode(IEnumerable<int> ids, Span<char> destination, out int idsConsumed, out int charsWritten)
    {
        ArgumentNullException.ThrowIfNull(ids);
        int[] all = [.. ids];
        (idsConsumed, charsWritten) = (0, 0);
        if (all.Any(id => (uint)id >= (uint)Inner.Vocabulary.Count))
        {
            return OperationStatus.InvalidData;
        }

        string text = Inner.Decode(all);
        idsConsumed = text.Length <= destination.Length ? all.Length : Fitting(all, text, destination.Length);
        charsWritten = idsConsumed == all.Length ? text.Length : Inner.Decode(all.AsSpan(0, idsConsumed)).Length;
        text.AsSpan(0, charsWritten).CopyTo(destination);
        return idsConsumed == all.Length ? OperationStatus.Done : OperationStatus.DestinationTooSmall;
    }

    /// <inheritdoc/>
    /// <exception cref="NotSupportedException">Normalization or pre-tokenization is to be left out.</exception>
    protected override EncodeResults<EncodedToken> EncodeToTokens(string? text, ReadOnlySpan<char> textSpan, EncodeSettings settings)
    {
        var (tokens, ranges) = Read(text ?? textSpan.ToString(), settings);
        int count = ranges.First(settings.MaxTokenCount);
        var cut = new EncodedToken[count];
        for (int t = 0; t < count; t++)
        {
            cut[t] = new EncodedToken(tokens.Ids[t], Inner.Vocabulary[tokens.Ids[t]], ranges[t]);
        }

        return new EncodeResults<EncodedToken> { Tokens = cut, CharsConsumed = ranges.StartOf(count) };
    }

    /// <inheritdoc/>
    /// <exception cref="NotSupportedException">Normalization or pre-tokenization is to be left out.</exception>
    protected override EncodeResults<int> EncodeToIds(string? text, ReadOnlySpan<char> textSpan, EncodeSettings settings)
    {
        var (tokens, ranges) = Read(text ?? textSpan.ToString(), settings);
        int count = ranges.First(settings.MaxTokenCount);
        return new EncodeResults<int> { Tokens = count == tokens.Count ? tokens.Ids : tokens.Ids[..count], CharsConsumed = ranges.StartOf(count) };
    }

    /// <inheritdoc/>
    /// <exception cref="NotSupportedException">Normalization or pre-tokenization is to be left out.</exception>
    protected override int CountTokens(string? text, ReadOnlySpan<char> textSpan, EncodeSettings settings)
        => Read(text ?? textSpan.ToString(), settings).Ranges.First(settings.MaxTokenCount);

    /// <inheritdoc/>
    /// <exception cref="NotSupportedException">Normalization or pre-tokenization is to be left out.</exception>
    protected override int GetIndexByTokenCount(string? text, ReadOnlySpan<char> textSpan, EncodeSettings settings, bool fromEnd, out string? normalizedText, out int tokenCount)
    {
        var (_, ranges) = Read(text ?? textSpan.ToString(), settings);
        normalizedText = null;
        tokenCount = fromEnd ? ranges.Last(settings.MaxTokenCount) : ranges.First(settings.MaxTokenCount);
        return ranges.StartOf(fromEnd ? ranges.Count - tokenCount : tokenCount);
    }

    private (TokenizedText Tokens, TokenRanges Ranges) Read(string text, EncodeSettings settings)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(settings.MaxTokenCount, nameof(EncodeSettings.MaxTokenCount));
        if (!settings.ConsiderNormalization || !settings.ConsiderPreTokenization)
        {
            throw new NotSupportedException("This tokenizer normalizes and splits texts as its files say and cannot leave that out. Expected considerNormalization and considerPreTokenization true.");
        }

        var tokens = Inner.Encode(text);
        return (tokens, new TokenRanges(text, tokens.EndsExclusive));
    }

    // A character may have tokens on both sides of a place, and a space at the start of what is left may get lost (▁the): not every place is one to go on from.
    private int Fitting(int[] ids, string text, int length)
    {
        int least = 0;
        for (int beyond = ids.Length; beyond - least > 1;)
        {
            int middle = (least + beyond) / 2;
            (least, beyond) = Inner.Decode(ids.AsSpan(0, middle)).Length <= length ? (middle, beyond) : (least, middle);
        }

        return Enumerable.Range(0, Math.Min(least, LooksBack)).Select(back => least - back)
            .FirstOrDefault(count => Inner.Decode(ids.AsSpan(0, count)) is var begin && begin.Length <= length && begin + Inner.Decode(ids.AsSpan(count)) == text);
    }

    private static Dictionary<string, int> Numbered(IReadOnlyList<string> tokens)
    {
        var numbers = new Dictionary<string, int>(tokens.Count, StringComparer.Ordinal);
        for (int id = 0; id < tokens.Count; id++)
        {
            numbers.TryAdd(tokens[id], id);
        }

        return numbers;
    }
}
