using System.Text.Json.Nodes;
using FuseSharp.Errors;
using FuseSharp.Json;

namespace FuseSharp.Models.Configuration;

/// <summary>Reads rotary positions from a config of either generation.</summary>
/// <remarks>
/// transformers 4 writes <c>rope_theta</c>, <c>partial_rotary_factor</c> and <c>rope_scaling</c>; 5 writes all in <c>rope_parameters</c>, and for families whose kinds of layers
/// differ an object for each kind in it. Every key of these that changes an angle is honoured or refused; defaults stand in <see cref="RotaryDefaults"/>.
/// </remarks>
internal sealed class RotarySettings
{
    private readonly ModelConfig _config;
    private readonly RotaryDefaults _defaults;
    private readonly string _place;
    private readonly JsonKeys? _keys;

    private RotarySettings(ModelConfig config, RotaryDefaults defaults)
    {
        _config = config;
        _defaults = defaults;
        _place = config.Json["rope_scaling"] is not null ? "rope_scaling" : "rope_parameters";
        if (config.Json["rope_scaling"] is { } older && config.Json["rope_parameters"] is { } newer && !JsonNode.DeepEquals(older, newer))
        {
            throw config.Error("has rope_scaling and rope_parameters that say different things, expected one of them");
        }

        var settings = config.Keys.Object(_place) ?? (defaults.Settings is { } usual ? (JsonObject)JsonNode.Parse(usual)! : null);
        string[] nested = [.. settings?.Where(p => p.Value is JsonObject).Select(p => p.Key) ?? []];
        if (nested.Length > 0 && defaults.LayerKind is null)
        {
            throw config.Error($"has rope settings by kind of layer ('{nested[0]}'), which are not supported for {config.Architecture}");
        }

        if (defaults.LayerKind is { } kind && _place == "rope_parameters" && settings is not null)
        {
            if (nested.Length != settings.Count || nested.FirstOrDefault(n => n is not ("full_attention" or "sliding_attention")) is not null)
            {
                throw config.Error("has rope_parameters other than full_attention and sliding_attention with settings each, which its layers need");
            }

            settings = settings[kind] as JsonObject ?? throw config.Error($"has rope_parameters without {kind}");
            _place += "." + kind;
        }

        IsNested = nested.Length > 0;
        _keys = settings is null ? null : new JsonKeys(settings, what => config.Error($"in its rope settings {what}"));
    }

    private bool IsNested { get; }

    /// <summary>The positions of a model's heads, or of those of one kind of layer.</summary>
    /// <param name="config">Whose.</param>
    /// <param name="headSize">Width of a head.</param>
    /// <param name="defaults">The family's.</param>
    /// <exception cref="ModelException">The settings have no meaning, or ask for what is not known.</exception>
    public static RotaryPositions Read(ModelConfig config, int headSize, RotaryDefaults defaults)
    {
        var settings = new RotarySettings(config, defaults);
        double share = settings.Share();
        double? outer = config.Keys.Real(defaults.ThetaKey);
        double? inner = settings._keys?.Real("rope_theta");
        double theta = inner ?? outer ?? defaults.Theta;
        if (inner is not null && outer is not null && inner != outer)
        {
            Warnings.Once(FormattableString.Invariant($"'{config.Path}' has {defaults.ThetaKey} {outer}, and {inner} in its {settings._place}, which counts, as in transformers 5."));
        }

        int size = (int)(headSize * share);
        if (size % 2 != 0 || size == 0)
        {
            throw config.Error(FormattableString.Invariant($"turns {size} numbers of a head, expected an even number"));
        }

        var scaling = settings.Scaling(size);
        if (!(theta > 0) || !(scaling.Factor >= 1) || !(scaling.AttentionFactor > 0) || theta == 1)
        {
            throw config.Error("has rope settings without a meaning, expected rope_theta above 0, factor at least 1 and attention_factor above 0");
        }

        if (settings._keys is not null && (settings.IsNested || defaults.HasScaling))
        {
            // transformers keeps the trained length beside every kind of scaling, and reads it with few of them.
            ConfigKeys.WarnOfUnknown(config, settings._place, settings._keys, "partial_rotary_factor", "original_max_position_embeddings");
        }

        return new RotaryPositions(size, theta, scaling, defaults.IsInterleaved);
    }

    private double Share()
    {
        double? said = _keys?.Real("partial_rotary_factor") ?? _config.Keys.Real("partial_rotary_factor");
        if (_defaults.Share is null && said is not null and not 1)
        {
            throw _config.Error($"has a partial_rotary_factor other than 1, with which {_config.Architecture} does not run");
        }

        double share = said ?? _defaults.Share ?? 1;
        return share is > 0 and <= 1 ? share
            : throw _config.Error(FormattableString.Invariant($"turns {share} of each head, expected more than 0 and at most 1"));
    }

    private RotaryScaling Scaling(int size)
    {
        if (_keys is null || (!IsNested && !_defaults.HasScaling))
        {
            return new LinearScaling("default", 1);
        }

        string? named = _keys.Text("rope_type") ?? _keys.Text("type");
        string kind = named switch { null => "default", "su" or "yarn" when _defaults.IsPhi => "longrope", _ => named };
        double factor = _keys.Real("factor") ?? 1;
        if (kind == "default" ? named is null && factor != 1 : kind != "longrope" && !_keys.Has("factor"))
        {
            throw _config.Error($"has in its {_place} {(kind == "default" ? "a factor without a rope_type" : $"the rope_type '{kind}' without a factor")}, expected both");
        }

        return kind switch
        {
            "default" => new LinearScaling(kind, 1),
            "linear" => new LinearScaling(kind, factor),
            "dynamic" => new DynamicScaling(factor, _config.ContextLength),
            "llama3" => Llama3(factor),
            "yarn" => Yarn(factor),
            "longrope" => LongRope(size),
            _ => throw _config.Error($"asks for rope scaling '{kind}', known are linear, dynamic, llama3, yarn and longrope"),
        };
    }

    private double TrainedLength()
    {
        // What stands beside the settings goes before what stands in them, as in transformers 5 (standardize_rope_params).
        double? beside = _config.Keys.Real("original_max_position_embeddings") ?? _defaults.TrainedLength;
        return (beside ?? _keys!.Real("original_max_position_embeddings") ?? _config.ContextLength) is >= 1 and var length ? length
            : throw _config.Error("has an original_max_position_embeddings below 1");
    }

    private Llama3Scaling Llama3(double factor)
    {
        double low = _keys!.Real("low_freq_factor") ?? 1;
        double high = _keys.Real("high_freq_factor") ?? 4;
        return low > 0 && high > low ? new Llama3Scaling(factor, TrainedLength(), low, high)
            : throw _config.Error("has rope settings without a meaning, expected 0 < low_freq_factor < high_freq_factor");
    }

    private YarnScaling Yarn(double factor)
    {
        double fast = NotZero(_keys!.Real("beta_fast")) ?? 32;
        double slow = NotZero(_keys.Real("beta_slow")) ?? 1;
        bool truncates = _keys.Flag("truncate") ?? true;
        double? own = NotZero(_keys.Real("mscale"));
        double? all = NotZero(_keys.Real("mscale_all_dim"));
        if (!truncates && IsNested)
        {
            throw _config.Error($"has '{_place}.truncate' false, which transformers 5 reads beside the kinds of layers only; take it out, or write rope_scaling");
        }

        double attention = _keys.Real("attention_factor")
            ?? (own is { } o && all is { } a ? YarnScaling.Sharpness(factor, o) / YarnScaling.Sharpness(factor, a) : YarnScaling.Sharpness(factor, 1));
        return slow > 0 && fast >= slow ? new YarnScaling(factor, TrainedLength(), fast, slow, truncates, attention) { AllDimensions = all }
            : throw _config.Error("has rope settings without a meaning, expected 0 < beta_slow ≤ beta_fast");
    }

    private static double? NotZero(double? number) => number == 0 ? null : number;

    private LongRopeScaling LongRope(int size)
    {
        double trained = TrainedLength();
        double factor = _keys!.Real("factor") ?? (_config.ContextLength / trained);
        double attention = _keys.Real("attention_factor") ?? (factor <= 1 ? 1 : Math.Sqrt(1 + (Math.Log(factor) / Math.Log(trained))));
        return trained > 1 ? new LongRopeScaling(Factors("short_factor", size / 2), Factors("long_factor", size / 2), trained, attention)
            : throw _config.Error("has an original_max_position_embeddings of 1, with which longrope has no meaning");
    }

    private double[] Factors(string key, int count)
    {
        double[]? factors = _keys!.Reals(key);
        return factors?.Length == count && Array.TrueForAll(factors, f => f > 0) ? factors
            : throw _config.Error(FormattableString.Invariant($"has in its {_place} not the {count} numbers above 0 of '{key}' that belong to the {2 * count} numbers of a head that turn"));
    }
}
