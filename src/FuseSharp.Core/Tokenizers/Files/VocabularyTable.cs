using FuseSharp.Core.Errors;

namespace FuseSharp.Core.Tokenizers.Files;

/// <summary>Collects token strings by id and checks that ids fit.</summary>
/// <param name="place">How to name the file in messages.</param>
internal sealed class VocabularyTable(string place)
{
    // Ten times the largest published vocabularies: a greater id is a damaged file, and would cost memory for nothing.
    private const int LargestId = 4_000_000;

    private readonly Dictionary<string, int> _ids = new(StringComparer.Ordinal);
    private readonly List<string?> _tokens = [];

    /// <summary>Ids by token string.</summary>
    public Dictionary<string, int> Ids => _ids;

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
    public string[] Build() => [.. _tokens.Select(t => t ?? "")];

    private void Place(string token, int id)
    {
        if (id > LargestId)
        {
            throw new ModelException($"{place} gives the token \"{token}\" the id {id}; expected at most {LargestId}. The file is damaged: take it from the model's publisher again.");
        }

        while (_tokens.Count <= id)
        {
            _tokens.Add(null);
        }

        if (_tokens[id] is { } other)
        {
            throw new ModelException($"{place} gives id {id} to both \"{other}\" and \"{token}\"; expected different ids. Take the file from the model's publisher again.");
        }

        _tokens[id] = token;
    }
}
