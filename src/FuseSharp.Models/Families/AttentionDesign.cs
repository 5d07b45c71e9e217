using FuseSharp.Errors;
using FuseSharp.Models.Configuration;

namespace FuseSharp.Models.Families;

/// <summary>Attention of a layer.</summary>
/// <param name="Hidden">Width of the states.</param>
/// <param name="Heads">Query heads.</param>
/// <param name="KeyValueHeads">Key and value heads, which share the query heads evenly.</param>
/// <param name="HeadSize">Width of a head.</param>
internal sealed record AttentionDesign(int Hidden, int Heads, int KeyValueHeads, int HeadSize)
{
    /// <summary>How heads turn; null for layers without positions.</summary>
    public RotaryPositions? Rotary { get; init; }

    /// <summary>Tokens that a position sees, itself included; null for all.</summary>
    public long? Window { get; init; }

    /// <summary>Whether queries, keys and values come from one map, their rows one behind the other.</summary>
    public bool IsFused { get; init; }

    /// <summary>Whether the maps to queries, keys and values have biases.</summary>
    public bool HasQueryBias { get; init; }

    /// <summary>Whether the map behind attention has one.</summary>
    public bool HasOutputBias { get; init; }

    /// <summary>Norms of queries and keys; null for none.</summary>
    public HeadNormDesign? HeadNorm { get; init; }

    /// <summary>Of the scores; null for 1/√(head size).</summary>
    public double? Scale { get; init; }

    /// <summary>Scores become cap · tanh(score / cap); null for none.</summary>
    public double? ScoreCap { get; init; }

    /// <summary>Whether each head has a number beside its scores that takes a share of the softmax and gives nothing.</summary>
    public bool HasSinks { get; init; }

    /// <summary>Keys and values from a latent; null for maps of their own.</summary>
    public LatentDesign? Latent { get; init; }

    /// <summary>Reads heads under the usual keys, and biases by <c>attention_bias</c>.</summary>
    /// <param name="config">Whose.</param>
    /// <param name="keyValueHeads">Where the config has no <c>num_key_value_heads</c>; null for as many as query heads.</param>
    /// <param name="headSize">Where it has no <c>head_dim</c>; null for an even share of the states.</param>
    /// <exception cref="ModelException">A number is missing or does not fit another.</exception>
    public static AttentionDesign FromConfig(ModelConfig config, int? keyValueHeads = null, int? headSize = null)
    {
        int hidden = config.Number("hidden_size");
        int heads = config.Number("num_attention_heads");
        bool hasBias = config.Flag("attention_bias", false);
        int shared = config.Number("num_key_value_heads", !config.Json.ContainsKey("num_key_value_heads") ? keyValueHeads ?? heads : heads);
        return heads % shared == 0
            ? new AttentionDesign(hidden, heads, shared, config.Number("head_dim", headSize ?? Math.Max(1, hidden / heads))) { HasQueryBias = hasBias, HasOutputBias = hasBias }
            : throw config.Error(FormattableString.Invariant($"has {heads} num_attention_heads, which a num_key_value_heads of {shared}{(config.Keys.Has("num_key_value_heads") ? "" : " (the family's, for it has none)")} does not divide"));
    }
}
