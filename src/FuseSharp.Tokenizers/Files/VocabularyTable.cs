using FuseSharp.Errors;


namespace FuseSharp.Tokenizers.Files;

/// <summary>Collects token strings by id and checks that ids fit.</summary>
/// <param name="place">How to name the file in messages.</param>
internal sealed class VocabularyTable(string place)
{
    // Ten times the largest published vocabularies: a greater id is a damaged file, and would cost memory for nothing.
    private const int LargestId = 4_000_000;

    // Published vocabularies leave some thousand ids free at most.
    private const int LargestGap = 100_000;

    private readonly Dictionary<string, int> _ids = new(StringComparer.Ordinal);
    private readonly Dictionary<int, string> _tokens = [];
    private int _count;

    /// <summary>Ids by token string.</summary>
    public Dictionary<string, int> Ids => _ids;

    /// <summary>Whether the ids so far are 0 and those behind it, without a gap.</summary>
    public bool IsWhole => _count == _tokens.Count;

    /// <summary>Adds a token of the model.</summary>
    public void Add(string token, int id)
    {
        Place(token, id);
        if (!_ids.TryAdd(token, id))
        {
            throw new ModelException($"{place} names the token \"{token}\" twice, as {_ids[token]} and {id}; expected each once. Take the file from the model's publisher again.");
        }
    }

    /// <summary>Adds an added token, which may be one of the model's.</summary>
    public void AddAdded(AddedToken token)
    {
        if (!_ids.TryGetValue(token.Content, out int id))
        {
            Add(token.Content, token.Id);
        }
        else if (id != token.Id)
        {
            throw new ModelException($"{place}: the added token \"{token.Content}\" has id {token.Id}, the vocabulary gives it {id}; expected one id. Take the tokenizer's files from one source.");
        }
    }

    /// <summary>The tokens in id order; an id that no token has gets an empty string.</summary>
    /// <exception cref="ModelException">Most ids have no token.</exception>
    public string[] Build()
        => _count <= LargestGap + (4L * _tokens.Count) ? [.. Enumerable.Range(0, _count).Select(id => _tokens.GetValueOrDefault(id, ""))]
            : throw new ModelException($"{place} has {_tokens.Count} tokens with ids up to {_count - 1}; expected ids without such gaps. The file is damaged: take it from the model's publisher again.");

    private void Place(string token, int id)
    {
        if (id > LargestId)
        {
            throw new ModelException($"{place} gives the token \"{token}\" the id {id}; expected at most {LargestId}. The file is damaged: take it from the model's publisher again.");
        }

        if (!_tokens.TryAdd(id, token))
        {
            string other = _tokens[id];
            throw new ModelException($"{place} gives id {id} to both \"{other}\" and \"{token}\"; expected different ids. Take the file from the model's publisher again.");
        }

        _count = Math.Max(_count, id + 1);
    }
}
