using FuseSharp.Tokenizers;

namespace FuseSharp.Pipeline.Represent.Served;

/// <summary>The texts by which servers name tokens, and the tokens that they stand for.</summary>
/// <param name="tokenizer">The model's.</param>
internal sealed class TokenTexts(ITokenizer tokenizer)
{
    private readonly Lazy<Dictionary<string, int>> _ids = new(() =>
    {
        // Of several tokens with one text, the first: as servers do that merge them.
        var ids = new Dictionary<string, int>(StringComparer.Ordinal);
        for (int id = 0; id < tokenizer.Vocabulary.Count; id++)
        {
            ids.TryAdd(TokenText.Show(tokenizer, id), id);
        }

        return ids;
    });

    /// <summary>The token of a text; null where no token has it.</summary>
    /// <param name="name">As a server writes it.</param>
    public int? Find(string name) => _ids.Value.TryGetValue(name, out int id) ? id : null;

    /// <summary>A token's text, as <see cref="TokenText.Show"/> writes it.</summary>
    /// <param name="id">Of the token.</param>
    public string NameOf(int id) => TokenText.Show(tokenizer, id);

    /// <summary>Whether a server's text of a token may be this tokenizer's: compared without spaces and their marks, which servers show in many ways. What is no whole text says nothing.</summary>
    /// <param name="id">The token that was sent.</param>
    /// <param name="text">The server's text of it.</param>
    public bool MayBe(int id, string text)
    {
        string own = NameOf(id);
        string theirs = Bare(text);
        return own.StartsWith("bytes:", StringComparison.Ordinal) || theirs.Contains('\uFFFD', StringComparison.Ordinal) || theirs.StartsWith("bytes:", StringComparison.Ordinal)
            || theirs.Length == 0 || theirs == Bare(own) || theirs == Bare(tokenizer.Vocabulary[id]);
    }

    private static string Bare(string text) => text.Trim().Trim('▁', 'Ġ', ' ', 'Ċ', '\n');
}
