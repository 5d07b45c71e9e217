using static TorchSharp.torch;

namespace FuseSharp.Torch.Models;

/// <summary>Keys and values of the tokens that a model has read, so that the next token costs one position only.</summary>
public sealed class KeyValueCache : IDisposable
{
    private readonly Dictionary<int, (Tensor Keys, Tensor Values)> _layers = [];

    /// <summary>Tokens read.</summary>
    public long Length { get; private set; }

    /// <summary>Adds new keys and values of a layer, [batch, heads, tokens, size], and gives all.</summary>
    internal (Tensor Keys, Tensor Values) Append(int layer, Tensor keys, Tensor values)
    {
        if (_layers.TryGetValue(layer, out var before))
        {
            keys = cat([before.Keys, keys], 2);
            values = cat([before.Values, values], 2);
            before.Keys.Dispose();
            before.Values.Dispose();
        }

        keys = keys.DetachFromDisposeScope();
        values = values.DetachFromDisposeScope();
        _layers[layer] = (keys, values);
        return (keys, values);
    }

    internal void Advance(long tokens) => Length += tokens;

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var (keys, values) in _layers.Values)
        {
            keys.Dispose();
            values.Dispose();
        }

        _layers.Clear();
    }
}
