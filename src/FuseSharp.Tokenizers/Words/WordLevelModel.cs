namespace FuseSharp.Tokenizers.Words;

/// <summary>"WordLevel": a word is a token, or unknown.</summary>
/// <param name="ids">Ids by token.</param>
/// <param name="unknownId">For every other word.</param>
internal sealed class WordLevelModel(Dictionary<string, int> ids, int unknownId) : IWordModel
{
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _ids = ids.GetAlternateLookup<ReadOnlySpan<char>>();

    /// <inheritdoc/>
    public int UnknownId => unknownId;

    /// <inheritdoc/>
    public int Encode(ReadOnlySpan<char> word, Span<int> ids, Span<int> ends)
    {
        ids[0] = _ids.TryGetValue(word, out int id) ? id : unknownId;
        ends[0] = Utf8Widths.Of(word);
        return 1;
    }
}
