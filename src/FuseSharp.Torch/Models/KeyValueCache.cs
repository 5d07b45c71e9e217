using static TorchSharp.torch;

namespace FuseSharp.Torch.Models;

/// <summary>Keys and values of the tokens that a model has read, so that the next token costs one position only.</summary>
public sealed class KeyValueCache : IDisposable
{
    private readonly Dictionary<int, (Tensor Keys, Tensor Values)> _layers = [];

    /// <summary>Tokens read.</summary>
    public long Length { get; private set; }

    /// <summary>A cache of its own with some of the sequences and the first of their tokens, from which other continuations can be read.</summary>
    /// <param name="rows">Sequences, each as often as it is wanted; null for all as they are.</param>
    /// <param name="length">Tokens to keep, at most <see cref="Length"/>.</param>
    public KeyValueCache Take(long[]? rows, long length)
    {
        var taken = new KeyValueCache { Length = length };
        foreach (var (layer, (keys, values)) in length == 0 ? [] : _layers)
        {
            using var chosen = rows is null ? null : tensor(rows, device: keys.device);
            Tensor Of(Tensor all)
            {
                var kept = all.narrow(2, 0, length);
                return (chosen is null ? kept : kept.index_select(0, chosen)).DetachFromDisposeScope();
            }

            taken._layers[layer] = (Of(keys), Of(values));
        }

        return taken;
    }

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
