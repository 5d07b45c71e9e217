using FuseSharp.Errors;
using FuseSharp.Models.Layers;
using TorchSharp.Modules;

namespace FuseSharp.Models.Architectures;

/// <summary>All adapters of a model.</summary>
public sealed class LowRankAdapters
{
    private readonly List<(string Name, AdaptableLinear Projection, LoraOptions Options)> _adapted;

    private readonly CausalModel _model;

    private LowRankAdapters(CausalModel model, LoraOptions options, List<(string Name, AdaptableLinear Projection, LoraOptions Options)> adapted)
    {
        _model = model;
        Options = options;
        _adapted = adapted;
    }

    /// <summary>Rank, alpha, dropout and target modules, these by name; of adapters that were read, rank and alpha of the first.</summary>
    public LoraOptions Options { get; }

    /// <summary>Names of the adapted maps, each with the rank and alpha of its adapter.</summary>
    internal IEnumerable<(string Name, LoraOptions Options)> Each => _adapted.Select(a => (a.Name, a.Options));

    /// <summary>Names of the adapted maps, such as <c>model.layers.0.self_attn.q_proj</c>, with A [rank, inputs] and B [outputs, rank].</summary>
    public IEnumerable<(string Name, Parameter Down, Parameter Up)> All => _adapted.Select(a => (a.Name, a.Projection.Adapter!.Down, a.Projection.Adapter.Up));

    /// <summary>Freezes a model and lays adapters beside its maps.</summary>
    /// <param name="model">Must have none yet.</param>
    /// <param name="options">Which and how large.</param>
    /// <param name="seed">Of the random halves.</param>
    /// <param name="quantizes">Whether all frozen maps but the head become NF4, those that get no adapter too.</param>
    /// <exception cref="ModelException">The model has no map of a name.</exception>
    public static LowRankAdapters Attach(CausalModel model, LoraOptions options, long seed, bool quantizes)
    {
        foreach (var parameter in model.parameters())
        {
            parameter.requires_grad = false;
        }

        var maps = MapsOf(model);
        if (ErrorOf(model, options) is { } fault)
        {
            throw new ModelException(fault);
        }

        var adapted = maps.Where(m => options.TargetModules.Count == 0 || options.TargetModules.Contains(LastPart(m.Name))).ToList();
        if (quantizes)
        {
            maps.ForEach(m => m.Map.Quantize());
        }

        for (int i = 0; i < adapted.Count; i++)
        {
            adapted[i].Map.Adapt(options, unchecked((seed * 1_000_003) + i));
        }

        return new LowRankAdapters(model, options with { TargetModules = LastPartsOf(adapted.Select(a => a.Name)) }, [.. adapted.Select(a => (a.Name, a.Map, options))]);
    }

    /// <summary>Why a model cannot have such adapters; null where it can.</summary>
    /// <param name="model">Only its shape is looked at.</param>
    /// <param name="options">Which and how large.</param>
    public static string? ErrorOf(CausalModel model, LoraOptions options)
    {
        string[] known = LastPartsOf(MapsOf(model).Select(m => m.Name));
        return options.TargetModules.FirstOrDefault(t => !known.Contains(t)) is { } unknown
            ? $"The model has no linear layer '{unknown}' ('train.lora.target_modules'). It has {string.Join(", ", known)}." : null;
    }

    /// <summary>Freezes a model and lays adapters beside some of its maps, each with its own rank and scale.</summary>
    /// <param name="model">Must have none yet.</param>
    /// <param name="optionsFor">Of a map by its name; null for a map without an adapter.</param>
    internal static LowRankAdapters Attach(CausalModel model, Func<string, LoraOptions?> optionsFor)
    {
        foreach (var parameter in model.parameters())
        {
            parameter.requires_grad = false;
        }

        var adapted = MapsOf(model).Select(m => (m.Name, m.Map, Options: optionsFor(m.Name)!)).Where(m => m.Options is not null).ToList();
        adapted.ForEach(m => m.Map.Adapt(m.Options, 0));
        var first = adapted.Count > 0 ? adapted[0].Options : new LoraOptions();
        return new LowRankAdapters(model, first with { TargetModules = LastPartsOf(adapted.Select(a => a.Name)) }, adapted);
    }

    /// <summary>Chooses anew what drops out.</summary>
    /// <param name="seed">The same one drops the same.</param>
    public void Reseed(long seed)
    {
        for (int i = 0; i < _adapted.Count; i++)
        {
            _adapted[i].Projection.Adapter!.Reseed(HashCode(seed, i));
        }
    }

    /// <summary>Makes adapters and maps one: the model is as any other from then on, and these adapters are spent.</summary>
    public void Merge()
    {
        MapsOf(_model).ForEach(m => m.Map.Merge());
        _adapted.Clear();
        _model.Adapters = null;
        foreach (var (name, parameter) in _model.named_parameters())
        {
            parameter.requires_grad = !Owns(name);
        }
    }

    /// <summary>Whether a parameter belongs to an adapter.</summary>
    public static bool Owns(string parameter) => parameter.EndsWith(".lora_A", StringComparison.Ordinal) || parameter.EndsWith(".lora_B", StringComparison.Ordinal);

    /// <summary>The linear maps of a model but its head, by name.</summary>
    public static List<(string Name, AdaptableLinear Map)> MapsOf(CausalModel model)
        => [.. model.named_modules().Where(m => m.module is AdaptableLinear && IsNoHead(m.name)).Select(m => (m.name, (AdaptableLinear)m.module))];

    private static bool IsNoHead(string name) => LastPart(name) is not ("lm_head" or "embed_out");

    private static string[] LastPartsOf(IEnumerable<string> names) => [.. names.Select(LastPart).Distinct()];

    private static string LastPart(string name) => name[(name.LastIndexOf('.') + 1)..];

    // System.HashCode differs from process to process.
    private static long HashCode(long seed, int index) => unchecked((seed * 6_364_136_223_846_793_005) + (index * 1_442_695_040_888_963_407)) & long.MaxValue;
}
