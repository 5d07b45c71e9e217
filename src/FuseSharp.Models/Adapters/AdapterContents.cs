using FuseSharp.Errors;
using FuseSharp.Models.Checkpoints;
using static TorchSharp.torch;

namespace FuseSharp.Models.Adapters;

/// <summary>The tensors of an adapter's file, by what they belong to.</summary>
internal sealed class AdapterContents : IDisposable
{
    private const string BaseLayer = ".base_layer";

    // What follows the name of a module, and where it goes.
    private static readonly (string Suffix, Action<AdapterParts, string> Take)[] _parts =
    [
        (".lora_A.weight", (p, k) => p.Down = k), (".lora_B.weight", (p, k) => p.Up = k), (".lora_B.bias", (p, k) => p.UpBias = k),
        (".lora_embedding_A", (p, k) => (p.Down, p.IsEmbedding) = (k, true)), (".lora_embedding_B", (p, k) => (p.Up, p.IsEmbedding) = (k, true)),
        (".lora_magnitude_vector", (p, k) => p.Magnitude = k), (".lora_magnitude_vector.weight", (p, k) => p.Magnitude = k),
        (".token_adapter.trainable_tokens_delta", (p, k) => p.Rows = k),
    ];

    private readonly ITensorSource _source;
    private readonly Dictionary<string, Tensor> _kept = new(StringComparer.Ordinal);
    private string? _group;

    /// <param name="folder">The adapter's.</param>
    /// <exception cref="ModelException">The file is missing, damaged, or none of an adapter.</exception>
    public AdapterContents(string folder)
    {
        Folder = folder;
        _source = AdapterFile.Open(folder);
        try
        {
            foreach (string key in _source.Names.Order(StringComparer.Ordinal))
            {
                Sort(key);
            }

            if (_source.Names.Count == 0)
            {
                throw new ModelException($"'{folder}' holds no weights of an adapter. Its file is cut short, or was written without them.");
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The adapter's folder, for messages.</summary>
    public string Folder { get; }

    /// <summary>What stands beside modules, by their names; an inner one of two parameters of the same module ends in <c>.base_layer</c>.</summary>
    public SortedDictionary<string, AdapterParts> Modules { get; } = new(StringComparer.Ordinal);

    /// <summary>Keys of what is stored whole, by the names of the tensors that it replaces.</summary>
    public SortedDictionary<string, string> Whole { get; } = new(StringComparer.Ordinal);

    /// <summary>Shape of a tensor.</summary>
    public IReadOnlyList<long> ShapeOf(string key) => _source.ShapeOf(key);

    /// <summary>Reads a tensor as float32.</summary>
    public Tensor Read(string key)
    {
        var numbers = empty([.. ShapeOf(key)], ScalarType.Float32);
        _source.CopyTo(key, numbers);
        return numbers;
    }

    /// <summary>Reads a tensor that is asked for many times in a row, and keeps it until one of another group is.</summary>
    /// <param name="group">What it is kept with.</param>
    /// <param name="key">The tensor.</param>
    /// <returns>Not the caller's.</returns>
    public Tensor ReadKept(string group, string key)
    {
        if (_group != group)
        {
            Forget();
            _group = group;
        }

        if (!_kept.TryGetValue(key, out var numbers))
        {
            _kept[key] = numbers = Read(key).DetachFromDisposeScope();
        }

        return numbers;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Forget();
        _source.Dispose();
    }

    private void Forget()
    {
        foreach (var tensor in _kept.Values)
        {
            tensor.Dispose();
        }

        _kept.Clear();
    }

    private void Sort(string key)
    {
        if (!key.StartsWith(AdapterFile.Prefix, StringComparison.Ordinal))
        {
            throw new ModelException($"'{Folder}' holds '{key}', expected names that begin with '{AdapterFile.Prefix}' as PEFT writes them. Save the adapter with PEFT (save_pretrained).");
        }

        string name = key[AdapterFile.Prefix.Length..];
        foreach (var (suffix, take) in _parts)
        {
            if (name.EndsWith(suffix, StringComparison.Ordinal) && name.Length > suffix.Length)
            {
                string module = name[..^suffix.Length];
                take(Modules.TryGetValue(module, out var parts) ? parts : Modules[module] = new AdapterParts(), key);
                return;
            }
        }

        name = name.Replace(".modules_to_save.default", "", StringComparison.Ordinal).Replace(BaseLayer + ".", ".", StringComparison.Ordinal);
        if (!Whole.TryAdd(name, key))
        {
            throw new ModelException($"'{Folder}' holds '{name}' twice, as '{Whole[name]}' and '{key}'. Save the adapter with PEFT (save_pretrained).");
        }
    }
}
