using FuseSharp.Errors;
using FuseSharp.Models.Checkpoints;
using FuseSharp.Models.Native;
using static TorchSharp.torch;

namespace FuseSharp.Models.Adapters;

/// <summary>What an adapter makes of each tensor of its base. All of its file has a place, and all that its configuration names is in the file.</summary>
internal sealed class AdapterChanges
{
    private const string Weight = ".weight";
    private const string Nested = ".base_layer";

    // Parameters that hold the maps of all experts, in the order in which transformers declares them.
    private static readonly string[] _stacked = ["gate_up_proj", "down_proj"];

    private readonly Dictionary<string, List<Func<Tensor, Tensor>>> _changes = new(StringComparer.Ordinal);
    private readonly HashSet<string> _replaced = new(StringComparer.Ordinal);
    private readonly HashSet<string> _adapted = new(StringComparer.Ordinal); // tensors, and names of parameters
    private readonly AdapterContents _contents;
    private readonly AdapterSettings _settings;
    private readonly AdapterTargets _targets;

    /// <param name="contents">The adapter's file; must outlive this.</param>
    /// <param name="settings">Its configuration.</param>
    /// <param name="targets">The base's tensors.</param>
    /// <param name="tied">Names of the embedding and the head that are one tensor in the base; null where they are not.</param>
    /// <exception cref="ModelException">They do not fit each other.</exception>
    public AdapterChanges(AdapterContents contents, AdapterSettings settings, AdapterTargets targets, (string Embedding, string Head)? tied)
    {
        (_contents, _settings, _targets) = (contents, settings, targets);
        foreach (var (name, key) in contents.Whole)
        {
            Replace(name, key);
        }

        foreach (var module in contents.Modules.GroupBy(m => m.Key.Replace(Nested, "", StringComparison.Ordinal), StringComparer.Ordinal))
        {
            Adapt(module.Key, [.. module.OrderByDescending(m => m.Key.Length)]);
        }

        HeadHasOwn = tied is { Head: var head } && _changes.ContainsKey(head);
        if (tied is { } both)
        {
            FollowEmbedding(both.Embedding, both.Head);
        }

        CheckComplete();
    }

    /// <summary>Whether the file changes a tied head by itself.</summary>
    public bool HeadHasOwn { get; }

    /// <summary>Whether the adapter changes a tensor.</summary>
    public bool Has(string tensor) => _changes.ContainsKey(tensor);

    /// <summary>Whether the tensor that is changed need not be read: all of it is new.</summary>
    public bool Replaces(string tensor) => _replaced.Contains(tensor);

    /// <summary>Changes a tensor.</summary>
    /// <param name="tensor">Its name.</param>
    /// <param name="numbers">float32; may be changed in place.</param>
    /// <returns>Of the same shape, not always contiguous.</returns>
    public Tensor Apply(string tensor, Tensor numbers) => _changes[tensor].Aggregate(numbers, (before, change) => change(before));

    private ModelException Error(string what) => new($"'{_contents.Folder}' {what}");

    private void Replace(string name, string key)
    {
        string target = _targets.Find(name) ?? throw NoPlace(key);
        CheckShape(key, [.. _targets.ShapeOf(target)]);
        _replaced.Add(target);
        Add(target, _ => _contents.Read(key));
    }

    private void Adapt(string module, KeyValuePair<string, AdapterParts>[] found)
    {
        string[] stacked = [.. _stacked.Where(p => _settings.NamesParameter($"{module}.{p}"))];
        if (stacked.Length > 0)
        {
            // Inner ones were laid first, in the order in which the module declares its parameters.
            string[] expected = [.. stacked.Select((_, i) => module + string.Concat(Enumerable.Repeat(Nested, stacked.Length - 1 - i)))];
            if (!found.Select(f => f.Key).SequenceEqual(expected))
            {
                throw Error($"holds adapters '{string.Join("' and '", found.Select(f => f.Value.Any))}', its target_parameters name {string.Join(" and ", stacked)} there. They do not belong together.");
            }

            foreach (var (parameter, parts) in stacked.Zip(found))
            {
                AdaptStacked(module, parameter, parts.Value);
            }

            return;
        }

        if (found.Length != 1 || found[0].Key != module)
        {
            throw NoPlace(found[0].Value.Any);
        }

        AdaptMap(module, found[0].Value);
    }

    private void AdaptMap(string module, AdapterParts parts)
    {
        string target = _targets.Find(module + Weight) ?? throw NoPlace(parts.Any);
        var shape = _targets.ShapeOf(target);
        if (shape.Count != 2)
        {
            throw NoPlace(parts.Any);
        }

        if (parts.Rows is not null)
        {
            ReplaceRows(module, target, parts.Rows);
        }

        if (parts.Down is null && parts.Up is null && parts.UpBias is null && parts.Magnitude is null)
        {
            return;
        }

        bool isParameter = _settings.NamesParameter(module + Weight);
        if (!isParameter && _settings.LeavesOut(module))
        {
            throw Error(AdapterSettings.LeftOut(parts.Any));
        }

        string name = isParameter ? module + Weight : module; // what patterns are matched with
        bool isTransposed = parts.IsEmbedding || _targets.IsTransposed(target);
        var (inputs, outputs) = isTransposed ? (shape[0], shape[1]) : (shape[1], shape[0]);
        double scale = Scale(module, name, parts, 1, inputs, outputs, parts.IsEmbedding);
        if (parts.Magnitude is not null)
        {
            CheckShape(parts.Magnitude, [outputs]);
        }

        Add(target, new LowRankChange(_contents, parts, scale, isTransposed).Apply);
        _adapted.UnionWith([target, name]);
        if (parts.UpBias is { } bias)
        {
            string biased = _targets.Find(module + ".bias") ?? throw Error($"holds '{bias}', and the model has no bias '{module}.bias' that it could be merged into. Train the adapter without lora_bias.");
            CheckShape(bias, [outputs]);
            Add(biased, before => before.Plus(_contents.Read(bias).mul_(RootedScalar.Of(scale))));
        }
    }

    private void AdaptStacked(string module, string parameter, AdapterParts parts)
    {
        bool isDown = parameter == "down_proj";
        _adapted.Add($"{module}.{parameter}");
        if (_targets.Find($"{module}.{parameter}") is { } whole)
        {
            var shape = _targets.ShapeOf(whole); // [experts, inputs, outputs]
            double s = shape.Count == 3 ? Scale(module, $"{module}.{parameter}", parts, shape[0], shape[1], shape[2], false) : throw NoPlace(parts.Any);
            Add(whole, new StackedChange(_contents, module, parts, shape[0], s).Apply);
            return;
        }

        var maps = _targets.Experts(module, isDown);
        if (maps.Count == 0 || maps.Select(m => m.Expert).Distinct().Count() != maps.Max(m => m.Expert) + 1 || maps.Any(m => !_targets.ShapeOf(m.Tensor).SequenceEqual(_targets.ShapeOf(maps[0].Tensor))))
        {
            throw NoPlace(parts.Any);
        }

        long experts = maps.Max(m => m.Expert) + 1;
        var one = _targets.ShapeOf(maps[0].Tensor);
        double scale = Scale(module, $"{module}.{parameter}", parts, experts, one[1], isDown ? one[0] : 2 * one[0], false);
        var change = new StackedChange(_contents, module, parts, experts, scale);
        foreach (var (tensor, expert, start) in maps)
        {
            Add(tensor, before => change.Apply(before, expert, start));
        }
    }

    // s, of an adapter whose A, B and further parts are there and fit.
    private double Scale(string module, string name, AdapterParts parts, long experts, long inputs, long outputs, bool isEmbedding)
    {
        string At(string suffix) => $"{AdapterFile.Prefix}{module}.{suffix}";
        string[] lacking =
        [
            .. parts.Down is null ? [At(isEmbedding ? "lora_embedding_A" : "lora_A.weight")] : Array.Empty<string>(),
            .. parts.Up is null ? [At(isEmbedding ? "lora_embedding_B" : "lora_B.weight")] : Array.Empty<string>(),
            .. _settings.IsDecomposed && parts.Magnitude is null ? [At("lora_magnitude_vector")] : Array.Empty<string>(),
            .. _settings.HasUpBias && parts.UpBias is null ? [At("lora_B.bias")] : Array.Empty<string>(),
        ];
        if (lacking.Length > 0)
        {
            throw Error($"lacks '{lacking[0]}' beside '{parts.Any}'. Its file is cut short, or adapter_config.json belongs to another.");
        }

        if ((!_settings.IsDecomposed && parts.Magnitude is not null) || (!_settings.HasUpBias && parts.UpBias is not null))
        {
            throw Error($"holds '{parts.Magnitude ?? parts.UpBias}', which adapter_config.json does not ask for ({(parts.Magnitude is null ? "lora_bias" : "use_dora")}). They do not belong together.");
        }

        long rank = _settings.RankOf(name);
        CheckShape(parts.Down!, [experts * rank, inputs]);
        CheckShape(parts.Up!, [outputs, rank * experts]);
        return _settings.AlphaOf(name, rank) / rank;
    }

    private void ReplaceRows(string module, string target, string key)
    {
        long[] tokens = _settings.Tokens.Find(module, EmbeddingNames.IsEmbedding(module)) ?? throw Error($"holds '{key}', and trainable_token_indices name no tokens of '{module}'. They do not belong together.");
        var shape = _targets.ShapeOf(target);
        CheckShape(key, [tokens.Length, shape[1]]);
        Add(target, tokens.Max() is var last && last < shape[0] ? before => before.index_copy_(0, tensor(tokens), _contents.Read(key))
            : throw Error(FormattableString.Invariant($"gives token {last} a row of '{target}', which has {shape[0]}. The adapter belongs to another model.")));
    }

    // A tied head that is not changed by itself has the embedding's rows and stored weight; what is laid beside the embedding is not its own.
    private void FollowEmbedding(string embedding, string head)
    {
        if (_contents.Whole.TryGetValue(embedding, out string? whole) && !_settings.Saves(embedding) && !_replaced.Contains(head))
        {
            _replaced.Add(head);
            _changes[head] = [_ => _contents.Read(whole), .. _changes.GetValueOrDefault(head) ?? []];
        }
    }

    private void CheckComplete()
    {
        bool adaptsExperts = _contents.Modules.Keys.Any(m => m.Contains(".experts.", StringComparison.Ordinal));
        foreach (string name in _targets.Names)
        {
            if (_settings.Saves(name) && !_replaced.Contains(name))
            {
                throw Error($"lacks '{AdapterFile.Prefix}{name}', which its modules_to_save name. The adapter belongs to another model, or its file is cut short.");
            }

            // Experts that transformers 5 holds in one parameter are no modules that target_modules could name.
            string map = name.EndsWith(Weight, StringComparison.Ordinal) ? name[..^Weight.Length] : "";
            if (_targets.ShapeOf(name).Count == 2 && map.Length > 0 && !_adapted.Contains(name) && _settings.Needs(map) && (adaptsExperts || !map.Contains(".experts.", StringComparison.Ordinal)))
            {
                throw Error($"lacks '{AdapterFile.Prefix}{map}.lora_A.weight', which its target_modules name. The adapter belongs to another model, or its file is cut short.");
            }
        }

        if (_settings.Parameters.FirstOrDefault(p => !_adapted.Any(a => AdapterSettings.IsEndOf(p, a))) is { } parameter)
        {
            throw Error($"lacks an adapter of '{parameter}', which its target_parameters name. The adapter belongs to another model, or its file is cut short.");
        }

        foreach (string module in _settings.Tokens.Modules)
        {
            if (!_contents.Modules.Any(m => m.Value.Rows is not null && _settings.Tokens.Find(m.Key, EmbeddingNames.IsEmbedding(m.Key)) is not null && (module.Length == 0 || m.Key.EndsWith(module, StringComparison.Ordinal))))
            {
                throw Error($"lacks the rows of '{(module.Length == 0 ? "embed_tokens" : module)}' (token_adapter.trainable_tokens_delta) that its trainable_token_indices name. Its file is cut short, or was written without them.");
            }
        }
    }

    private ModelException NoPlace(string key)
        => Error($"holds '{key}', which its base model has no place for. The adapter belongs to another model, or adapts a part that is not supported.");

    private void CheckShape(string key, IReadOnlyList<long> expected)
    {
        if (!_contents.ShapeOf(key).SequenceEqual(expected))
        {
            throw Error(FormattableString.Invariant($"has '{key}' of the shape [{string.Join(", ", _contents.ShapeOf(key))}], expected [{string.Join(", ", expected)}] by its configuration and its base model. They do not belong together."));
        }
    }

    private void Add(string target, Func<Tensor, Tensor> change)
    {
        if (!_changes.TryGetValue(target, out var changes))
        {
            _changes[target] = changes = [];
        }

        changes.Add(change);
    }
}
