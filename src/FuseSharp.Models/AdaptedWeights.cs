using FuseSharp.Errors;
using FuseSharp.Json;
using FuseSharp.Models.Adapters;
using FuseSharp.Models.Checkpoints;
using FuseSharp.Models.Configuration;
using FuseSharp.Tokenizers.Files;
using TorchSharp;
using static TorchSharp.torch;

namespace FuseSharp.Models;

/// <summary>The weights of a model with an adapter merged in, under the names of its checkpoint: computed tensor by tensor in float32 as they are asked for.</summary>
internal sealed class AdaptedWeights : ITensorSource
{
    private const double Rounding = 1e-5; // of the largest number: what two orders of summing may differ by

    private readonly Dictionary<string, (ITensorSource Source, string Stored)> _base = new(StringComparer.Ordinal);
    private readonly List<ITensorSource> _sources = [];
    private readonly AdapterContents? _contents;
    private readonly AdapterChanges _changes;

    /// <param name="folder">The adapter's.</param>
    /// <exception cref="ModelException">It or its base is damaged, they do not fit each other, or it is of a kind that is not supported.</exception>
    public AdaptedWeights(string folder)
    {
        Path = folder;
        try
        {
            string file = System.IO.Path.Combine(folder, AdapterBase.ConfigFile);
            var settings = new AdapterSettings(JsonFile.Read(file, "an adapter's configuration"), file);
            string model = AdapterBase.Find(folder);
            var config = ModelConfig.Read(model);
            _contents = new AdapterContents(folder);
            Open(model);
            var tied = config.IsTied ? SplitHead() : null;
            var targets = new AdapterTargets(_base.ToDictionary(t => t.Key, t => t.Value.Source.ShapeOf(t.Value.Stored), StringComparer.Ordinal),
                n => config.Architecture == "GPT2LMHeadModel" && n.Split('.') is [.., "c_attn" or "c_proj" or "c_fc", "weight"]);
            _changes = new AdapterChanges(_contents, settings, targets, tied);
            if (tied is var (embedding, head) && !AdaptedHead.IsOwn(folder))
            {
                CheckSame(embedding, head);
                _base.Remove(head);
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public string Path { get; }

    /// <inheritdoc/>
    public IReadOnlyCollection<string> Names => _base.Keys;

    /// <inheritdoc/>
    public IReadOnlyList<long> ShapeOf(string name) => _base[name].Source.ShapeOf(_base[name].Stored);

    /// <inheritdoc/>
    public void CopyTo(string name, Tensor destination)
    {
        var (source, stored) = _base[name];
        if (!_changes.Has(name))
        {
            source.CopyTo(stored, destination);
            return;
        }

        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        destination.copy_(Changed(name));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _contents?.Dispose();
        _sources.ForEach(s => s.Dispose());
    }

    private static string ModuleOf(string tensor) => tensor[..Math.Max(0, tensor.LastIndexOf('.'))];

    private void Open(string model)
    {
        _sources.AddRange(WeightFiles.OpenAll(model));
        foreach (var (source, name) in _sources.SelectMany(s => s.Names.Select(n => (s, n))))
        {
            if (!_base.TryAdd(name, (source, name)))
            {
                throw new ModelException($"'{source.Path}' holds a tensor '{name}' that another file of the model has already. Get the files again.");
            }
        }
    }

    // The one tensor of a tied model under both names, whichever of them the checkpoint has.
    private (string Embedding, string Head)? SplitHead()
    {
        string? embedding = _base.Keys.FirstOrDefault(n => EmbeddingNames.IsEmbedding(ModuleOf(n)));
        string? head = _base.Keys.FirstOrDefault(n => EmbeddingNames.IsHead(ModuleOf(n)));
        if (embedding is null && head is null)
        {
            return null; // which whoever makes the model will say
        }

        embedding ??= EmbeddingNames.EmbeddingBeside(head!, _base.Keys);
        head ??= EmbeddingNames.HeadBeside(embedding);
        _base[head] = _base[embedding] = _base.GetValueOrDefault(embedding) is { Source: not null } stored ? stored : _base[head];
        return (embedding, head);
    }

    private Tensor Changed(string name)
    {
        var (source, stored) = _base[name];
        var numbers = empty(_changes.Replaces(name) ? [0] : [.. ShapeOf(name)], ScalarType.Float32);
        if (!_changes.Replaces(name))
        {
            source.CopyTo(stored, numbers);
        }

        return _changes.Has(name) ? _changes.Apply(name, numbers) : numbers;
    }

    // A head that stays tied must come out as its embedding does, where the file holds something of its own for it.
    private void CheckSame(string embedding, string head)
    {
        if (!_changes.HeadHasOwn)
        {
            return;
        }

        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var numbers = Changed(embedding);
        if ((numbers - Changed(head)).abs().max().ToDouble() > Rounding * numbers.abs().max().ToDouble())
        {
            throw new ModelException($"'{Path}' holds different numbers for head and embedding, which its base has as one and its {AdapterBase.ConfigFile} (ensure_weight_tying, modules_to_save) does not part. They do not belong together: save the adapter with PEFT again.");
        }
    }
}
