using System.Globalization;
using System.Text.Json.Nodes;
using FuseSharp.Errors;
using FuseSharp.Json;

namespace FuseSharp.Models.Adapters;

/// <summary>What adapter_config.json says of a LoRA adapter; every key of PEFT is honoured, ignored on purpose, or refused by name.</summary>
/// <remarks>
/// Honoured: r, lora_alpha, rank_pattern, alpha_pattern, use_rslora, use_dora, lora_bias, modules_to_save, trainable_token_indices, target_parameters, ensure_weight_tying. Which maps have an
/// adapter, and which biases were trained, is read off the weights, so that exclude_modules and layers_pattern need not be understood; target_modules and layers_to_transform tell what must be
/// there. Ignored: what only training reads, and fan_in_fan_out, which the model itself tells.
/// </remarks>
internal sealed class AdapterSettings
{
    // Ignored with reason: only training reads them, or they follow from weights and model, or say who made the file.
    private static readonly HashSet<string> _ignored = new(StringComparer.Ordinal)
    {
        "peft_type", "task_type", "base_model_name_or_path", "base_model_class", "auto_mapping", "revision", "inference_mode", "lora_dropout", "runtime_config", "peft_version", "parent_library",
        "target_modules", "exclude_modules", "layers_to_transform", "layers_pattern", "fan_in_fan_out", "loftq_config", "eva_config", "corda_config", "lora_ga_config", "megatron_config",
        "megatron_core", "qalora_group_size", "ensure_weight_tying", "unsloth_fixed", "arrow_config", "alora_invocation_tokens", "use_bdlora",
        "r", "lora_alpha", "rank_pattern", "alpha_pattern", "use_rslora", "modules_to_save", "init_lora_weights", "bias",
        "use_dora", "lora_bias", "trainable_token_indices", "target_parameters",
    };

    // Refused where they ask for something: they change what the adapter computes.
    private static readonly (string Key, string Why)[] _refused =
    [
        ("layer_replication", "layers that are replicated"), ("use_qalora", "QA-LoRA"), ("velora_config", "VeLoRA"), ("monteclora_config", "MonteCLoRA"),
        ("arrow_config", "Arrow's routing"), ("alora_invocation_tokens", "activated LoRA"), ("use_bdlora", "BD-LoRA"),
    ];

    // What trains more than A and B beside linear layers; 'bias' too, unless it says none.
    private static readonly string[] _morePlaces = ["use_dora", "lora_bias", "target_parameters", "trainable_token_indices", "modules_to_save"];

    private readonly double _alpha;
    private readonly bool _isRankStabilized;
    private readonly IReadOnlyList<string> _targetModules;
    private readonly IReadOnlyList<string> _savedModules;
    private readonly IReadOnlyList<int>? _layers; // null for all
    private readonly IReadOnlyList<string> _excluded;
    private readonly bool _hasLayersPattern;
    private readonly bool _namesEveryTarget;
    private readonly NamePatterns _alphas;
    private readonly NamePatterns _ranks;

    /// <param name="json">The file.</param>
    /// <param name="file">Its path, for messages.</param>
    /// <exception cref="ModelException">It asks for what is not supported.</exception>
    public AdapterSettings(JsonObject json, string file)
    {
        ModelException Error(string what) => new($"'{file}' {what}. Merge the adapter into its model with PEFT (merge_and_unload), and use the result.");
        var keys = new JsonKeys(json, what => new ModelException($"'{file}' {what}. Correct the file."));
        string kind = keys.Text("peft_type") ?? "";
        if (kind != "LORA")
        {
            throw Error($"is an adapter of the type '{kind}', which is not supported; LORA is");
        }

        foreach (var (key, why) in _refused)
        {
            if (AsksForSomething(json[key]))
            {
                throw Error($"asks for {why} ('{key}'), which is not supported");
            }
        }

        string? bias = keys.Text("bias");
        if (bias is not (null or "none" or "lora_only" or "all"))
        {
            throw Error($"asks for biases ('bias' \"{bias}\"), expected none, lora_only or all");
        }

        // All others (pissa, olora, corda, lora_ga, loftq …) PEFT computes from the base weights as it loads the adapter, and changes those.
        if (json["init_lora_weights"] is { } start && !(start is JsonValue value && (value.TryGetValue(out bool _) || (value.TryGetValue(out string? name) && name is "gaussian" or "orthogonal" or "eva"))))
        {
            throw Error($"was started by {JsonFile.Shown(start)} ('init_lora_weights'), which changes the weights of its base; convert it to plain LoRA, as PEFT does with path_initial_model_for_weight_conversion");
        }

        if (json.Select(p => p.Key).FirstOrDefault(k => !_ignored.Contains(k) && !_refused.Any(r => r.Key == k) && AsksForSomething(json[k])) is { } unknown)
        {
            throw Error($"has the unknown key '{unknown}'");
        }

        Rank = keys.Whole("r") is { } rank ? rank is > 0 and <= 1 << 16 ? rank : throw new ModelException($"'{file}' has 'r' {rank}, expected 1 to {1 << 16}. Correct the file.") : 8;
        _alpha = keys.Real("lora_alpha") ?? 8;
        _isRankStabilized = keys.Flag("use_rslora") ?? false;
        _alphas = NamePatterns.Read(keys.Object("alpha_pattern"), "alpha_pattern", file, isWhole: false);
        _ranks = NamePatterns.Read(keys.Object("rank_pattern"), "rank_pattern", file, isWhole: true);
        _targetModules = json["target_modules"] is JsonArray list ? [.. list.Select(m => m is JsonValue v && v.TryGetValue(out string? text) ? text : throw new ModelException($"'{file}' has target_modules that are not strings. Correct the file."))] : [];
        _layers = AsksForSomething(json["layers_to_transform"]) ? [.. (json["layers_to_transform"] as JsonArray ?? (IEnumerable<JsonNode?>)[json["layers_to_transform"]]).Select(n => n is JsonValue v && v.TryGetValue(out int at) ? at : throw new ModelException($"'{file}' has layers_to_transform that are no numbers. Correct the file."))] : null;
        _excluded = json["exclude_modules"] is JsonArray without ? [.. without.OfType<JsonValue>().Select(m => m.TryGetValue(out string? text) ? text : "")] : [];
        _hasLayersPattern = AsksForSomething(json["layers_pattern"]);
        _namesEveryTarget = _targetModules.Count > 0 && !AsksForSomething(json["exclude_modules"]) && !_hasLayersPattern;
        _savedModules = json["modules_to_save"] is JsonArray saved ? [.. saved.OfType<JsonValue>().Select(m => m.TryGetValue(out string? text) ? text : "")] : [];
        IsDecomposed = keys.Flag("use_dora") ?? false;
        HasUpBias = keys.Flag("lora_bias") ?? false;
        Parameters = AsksForSomething(json["target_parameters"]) ? keys.Texts("target_parameters")! : [];
        Tokens = TokenIndices.Read(json["trainable_token_indices"], file);
        MoreThanPlain = _morePlaces.FirstOrDefault(k => AsksForSomething(json[k])) ?? (bias is null or "none" ? null : "bias");
    }

    /// <summary>r.</summary>
    public int Rank { get; }

    /// <summary>Whether weights are decomposed, as DoRA does.</summary>
    public bool IsDecomposed { get; }

    /// <summary>Whether a bias stands behind each B.</summary>
    public bool HasUpBias { get; }

    /// <summary>The key that asks for more than A and B beside linear layers; null for none.</summary>
    public string? MoreThanPlain { get; }

    /// <summary>target_parameters: ends of the names of parameters that have adapters.</summary>
    public IReadOnlyList<string> Parameters { get; }

    /// <summary>Tokens whose rows were trained by themselves.</summary>
    public TokenIndices Tokens { get; }

    /// <summary>Whether a map must have an adapter: it is named in target_modules and, where layers_to_transform names layers, is in one of them.</summary>
    /// <param name="map">Its name, such as <c>model.layers.0.self_attn.q_proj</c>.</param>
    public bool Needs(string map)
        => _namesEveryTarget && _targetModules.Contains(map[(map.LastIndexOf('.') + 1)..])
            && (_layers is null || (LayerOf(map) is >= 0 and var layer && _layers.Contains(layer)));

    /// <summary>Whether PEFT gives a map no adapter, and passes over weights of one: target_modules name others, exclude_modules name it, or its layer is none of layers_to_transform.</summary>
    /// <param name="map">Its name.</param>
    public bool LeavesOut(string map)
        => !map.Contains(".experts.", StringComparison.Ordinal) // their names differ by generation
            && ((_targetModules.Count > 0 && !_targetModules.Any(t => IsEndOf(t, map))) || _excluded.Any(t => IsEndOf(t, map))
                || (_targetModules.Count > 0 && !_hasLayersPattern && _layers is not null && LayerOf(map) is >= 0 and var layer && !_layers.Contains(layer)));

    /// <summary>What is wrong with a file that holds a weight of a map that is left out.</summary>
    /// <param name="weight">The weight's name in the file.</param>
    public static string LeftOut(string weight)
        => $"holds '{weight}', which its target_modules, exclude_modules and layers_to_transform leave out: PEFT passes over it. Correct the configuration, or take the weights out.";

    /// <summary>Whether a weight is stored whole: modules_to_save names the end of the path of one of the modules that it is in, as PEFT takes it.</summary>
    /// <param name="weight">Its name, such as <c>model.norm.weight</c>.</param>
    public bool Saves(string weight)
    {
        for (int end = weight.LastIndexOf('.'); end > 0; end = weight.LastIndexOf('.', end - 1))
        {
            string module = weight[..end];
            if (_savedModules.Any(m => m.Length > 0 && module.EndsWith(m, StringComparison.Ordinal)))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether a parameter has an adapter of its own: target_parameters names it or the end of its name, whole parts of it.</summary>
    /// <param name="parameter">Its name, such as <c>model.layers.0.mlp.experts.down_proj</c>.</param>
    public bool NamesParameter(string parameter) => Parameters.Any(p => IsEndOf(p, parameter));

    /// <summary>Whether an entry of the file is a name or its end, whole parts of it.</summary>
    public static bool IsEndOf(string entry, string name) => name == entry || name.EndsWith("." + entry, StringComparison.Ordinal);

    /// <summary>What the adapter of a map is multiplied by, times its rank: lora_alpha, or with use_rslora lora_alpha · √r.</summary>
    public double AlphaOf(string map, long rank)
    {
        double alpha = _alphas.Find(map) ?? _alpha;
        return _isRankStabilized ? alpha * Math.Sqrt(rank) : alpha;
    }

    /// <summary>The rank that the file gives a map.</summary>
    public long RankOf(string map) => (long)(_ranks.Find(map) ?? Rank);

    private static int LayerOf(string map)
        => map.Split('.').Select(p => int.TryParse(p, NumberStyles.None, CultureInfo.InvariantCulture, out int at) ? at : -1).FirstOrDefault(at => at >= 0, -1);

    private static bool AsksForSomething(JsonNode? node) => node switch
    {
        null => false,
        JsonArray list => list.Count > 0,
        JsonObject json => json.Count > 0,
        JsonValue value when value.TryGetValue(out bool flag) => flag,
        _ => true,
    };
}
