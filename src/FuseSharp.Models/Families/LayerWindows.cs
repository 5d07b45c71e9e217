using FuseSharp.Errors;
using FuseSharp.Models.Configuration;

namespace FuseSharp.Models.Families;

/// <summary>Which layers see a window of tokens, from <c>layer_types</c> or, in files of transformers 4, from the family's rule.</summary>
internal static class LayerWindows
{
    private const string Full = "full_attention";
    private const string Sliding = "sliding_attention";

    /// <summary>The windows of all layers.</summary>
    /// <param name="config">Whose.</param>
    /// <param name="slides">By number of a layer, where the config has no <c>layer_types</c>.</param>
    /// <param name="window">Tokens that a position of such a layer sees, itself included.</param>
    /// <returns>[layers], null for layers that see everything.</returns>
    /// <exception cref="ModelException">A layer is of another kind, or the list of another length.</exception>
    public static long?[] FromConfig(ModelConfig config, Func<int, bool> slides, Func<long> window)
    {
        int layers = config.LayerCount("num_hidden_layers");
        string[] kinds = Kinds(config) ?? [.. Enumerable.Range(0, layers).Select(i => slides(i) ? Sliding : Full)];
        if (kinds.Length != layers || kinds.FirstOrDefault(k => k is not (Full or Sliding)) is not null)
        {
            throw config.Error(FormattableString.Invariant($"has layer_types other than {layers} of {Full} and {Sliding}, which is not supported"));
        }

        return [.. kinds.Select(k => k == Sliding ? window() : (long?)null)];
    }

    /// <summary>The window of families that have one for every layer or none.</summary>
    /// <param name="config">Whose.</param>
    /// <param name="absent">Where the config has no <c>sliding_window</c>.</param>
    /// <exception cref="ModelException">Its <c>layer_types</c> say otherwise.</exception>
    public static long? Uniform(ModelConfig config, long? absent)
    {
        long? window = OfKey(config, absent);
        CheckUniform(config, window is null ? Full : Sliding);
        return window;
    }

    /// <summary>Refuses layers of another kind than the one that a family has.</summary>
    /// <param name="config">Whose.</param>
    /// <param name="kind">Of all layers.</param>
    public static void CheckUniform(ModelConfig config, string kind = Full)
    {
        if (Kinds(config)?.FirstOrDefault(k => k != kind) is { } other)
        {
            throw config.Error($"has layer_types with '{other}', where all layers of {config.Architecture} are {kind} with its other settings");
        }
    }

    /// <summary>Qwen's: with <c>use_sliding_window</c>, layers from <c>max_window_layers</c> on slide.</summary>
    /// <param name="config">Whose.</param>
    public static long?[] Qwen(ModelConfig config)
    {
        int first = config.Real("max_window_layers", 28) == 0 ? 0 : config.Number("max_window_layers", 28); // 0: every layer
        return Switched(config, i => i >= first);
    }

    /// <summary>The windows of families that have some with <c>use_sliding_window</c> only.</summary>
    /// <param name="config">Whose.</param>
    /// <param name="isSliding">By number of a layer, where the config has no <c>layer_types</c>.</param>
    public static long?[] Switched(ModelConfig config, Func<int, bool> isSliding)
    {
        bool slides = config.Flag("use_sliding_window", false);
        long? window = slides ? OfKey(config, 4096) : null;
        long?[] windows = FromConfig(config, i => window is not null && isSliding(i), () => window ?? 0);
        return slides && window is null ? [.. windows.Select(_ => (long?)null)]
            : windows.Contains(0) ? throw config.Error($"has layer_types with {Sliding}, but use_sliding_window is not true") : windows;
    }

    /// <summary>The window of a model whose sliding layers need one.</summary>
    /// <param name="config">Whose.</param>
    public static long Needed(ModelConfig config) => config.Number("sliding_window");

    // No window where it is null, the family's default where the key is absent.
    private static long? OfKey(ModelConfig config, long? absent)
        => config.Keys.Has("sliding_window") ? config.Number("sliding_window") : config.Json.ContainsKey("sliding_window") ? null : absent;

    private static string[]? Kinds(ModelConfig config) => config.Keys.Texts("layer_types");
}
