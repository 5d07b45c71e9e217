using System.Text.Json.Nodes;
using FuseSharp.Errors;
using FuseSharp.Json;

namespace FuseSharp.Models.Adapters;

/// <summary>Which rows of embedding and head an adapter gives anew: <c>trainable_token_indices</c>, a list for the embedding, or lists by the names of modules.</summary>
internal sealed class TokenIndices
{
    private readonly List<(string Module, long[] Tokens)> _lists = [];

    private TokenIndices()
    {
    }

    /// <summary>Names of the modules that have lists; empty for the embedding, whatever it is called.</summary>
    public IEnumerable<string> Modules => _lists.Select(l => l.Module);

    /// <summary>Reads the key's value.</summary>
    /// <param name="node">Null for none.</param>
    /// <param name="file">For messages.</param>
    /// <exception cref="ModelException">It is neither, or no token's number stands in it.</exception>
    public static TokenIndices Read(JsonNode? node, string file)
    {
        var indices = new TokenIndices();
        ModelException Unfit() => new($"'{file}' has 'trainable_token_indices' {JsonFile.Shown(node)}, expected a list of different tokens' numbers, or such lists by the names of modules. Correct the file.");
        long[] List(JsonNode? list)
        {
            long[] tokens = list is JsonArray array ? [.. array.Select(n => n is JsonValue value && value.TryGetValue(out int token) && token >= 0 ? (long)token : throw Unfit())] : throw Unfit();
            return tokens.Length > 0 && tokens.Distinct().Count() == tokens.Length ? tokens : throw Unfit();
        }

        if (node is JsonObject byModule)
        {
            indices._lists.AddRange(byModule.Select(p => (p.Key, List(p.Value))));
        }
        else if (node is not null and not JsonArray { Count: 0 })
        {
            indices._lists.Add(("", List(node)));
        }

        return indices;
    }

    /// <summary>The tokens of a module, in the order of its rows in the adapter; null for none.</summary>
    /// <param name="module">Its whole name.</param>
    /// <param name="isEmbedding">Whether it is the embedding.</param>
    public long[]? Find(string module, bool isEmbedding)
        => _lists.FirstOrDefault(l => l.Module.Length == 0 ? isEmbedding : module == l.Module || module.EndsWith("." + l.Module, StringComparison.Ordinal)).Tokens;
}
