using FuseSharp.Models.Decoding;
using FuseSharp.Models.Kernels;
using FuseSharp.Models.Native;
using static TorchSharp.torch;

namespace FuseSharp.Models.Layers;

/// <summary>Keys and values of the tokens that a model has read, so that the next token costs one position only.</summary>
public sealed class KeyValueCache : IStepCache, IDisposable
{
    // Room for so many tokens more, and an eighth of what is there, is taken at once: a token then costs its own copy, not one of all tokens before it.
    private const long Room = 64;

    private readonly Dictionary<int, (Tensor Keys, Tensor Values)> _layers = []; // [batch, heads, at least Length, size]

    private readonly Dictionary<int, CacheRows> _places = []; // of layers that have room: asking a tensor for its memory takes as long as a head's attention

    private List<RememberedText> _texts = []; // of each sequence, where a model asks for it

    /// <summary>Tokens read, those of the longest sequence.</summary>
    public long Length { get; private set; }

    /// <summary>How many positions stand empty before each sequence's first token; null where all sequences are equally long.</summary>
    /// <remarks>Shorter sequences end where the longest one does, so that the next tokens of all of them stand side by side.</remarks>
    internal long[]? Padding { get; private init; }

    /// <summary>A cache of its own with some of the sequences and the first of their tokens, from which other continuations can be read.</summary>
    /// <param name="rows">Sequences, each as often as it is wanted; null for all as they are.</param>
    /// <param name="length">Tokens to keep, at most <see cref="Length"/>.</param>
    public KeyValueCache Take(long[]? rows, long length)
    {
        using var scope = NewDisposeScope();
        long[]? padding = Padding is null || rows is null ? Padding : [.. rows.Select(r => Padding[r])];
        long unused = Math.Min(length, padding?.Min() ?? 0); // positions that are empty in all of them
        length -= unused;
        var taken = new KeyValueCache { Length = length, Padding = Normalized(padding, unused), _texts = TextsOf(rows, unused + length) };
        foreach (var (layer, (keys, values)) in length == 0 ? [] : _layers)
        {
            var chosen = rows is null ? null : tensor(rows).GoTo(keys.device);
            Tensor Of(Tensor all)
            {
                var kept = all.narrow(2, unused, length);
                return (chosen is null ? kept : kept.index_select(0, chosen)).DetachFromDisposeScope();
            }

            taken._layers[layer] = (Of(keys), Of(values));
        }

        return taken;
    }

    /// <summary>One cache with sequences of several, one behind the other, for reading the next token of all together.</summary>
    /// <param name="parts">At least one cache of at least one token, each with the sequences that are taken of it, each as often as it is wanted; not disposed here.</param>
    public static KeyValueCache Join(IReadOnlyList<(KeyValueCache Cache, long[] Rows)> parts)
    {
        using var scope = NewDisposeScope();
        long length = parts.Max(p => p.Cache.Length);
        long[] padding = [.. parts.SelectMany(p => p.Rows.Select(r => length - p.Cache.Length + (p.Cache.Padding?[r] ?? 0)))];
        long unused = padding.Min(); // positions that are empty in all of them
        var joined = new KeyValueCache { Length = length - unused, Padding = Normalized(padding, unused) };
        joined._texts.AddRange(parts.SelectMany(p => p.Cache._texts.Count == 0 ? [] : p.Cache.TextsOf(p.Rows, p.Cache.Length)));
        Tensor Of(Func<KeyValueCache, Tensor> part)
        {
            var like = part(parts[0].Cache);
            var all = WithRoom([padding.Length, like.shape[1], joined.Length, like.shape[3]], like);
            long put = 0;
            foreach (var (cache, rows) in parts)
            {
                long start = Math.Max(0, joined.Length - cache.Length); // what is before is hidden by a mask, which a stray NaN would pass
                var own = part(cache).narrow(2, cache.Length - (joined.Length - start), joined.Length - start);
                all.narrow(0, put, rows.Length).narrow(2, 0, start).zero_();
                foreach (var (first, count, isOne) in RunsOf(rows))
                {
                    all.narrow(0, put, count).narrow(2, start, joined.Length - start).copy_(own.narrow(0, first, isOne ? 1 : count));
                    put += count;
                }
            }

            return all.DetachFromDisposeScope();
        }

        foreach (int layer in parts[0].Cache._layers.Keys)
        {
            joined._layers[layer] = (Of(c => c._layers[layer].Keys), Of(c => c._layers[layer].Values));
        }

        return joined;
    }

    // Rows that follow each other, or are the same one again, are copied together: 64 prompts by one operation instead of 64.
    private static IEnumerable<(long First, int Count, bool IsOne)> RunsOf(long[] rows)
    {
        for (int at = 0, count; at < rows.Length; at += count)
        {
            int start = at;
            long step = at + 1 < rows.Length ? rows[at + 1] - rows[at] : 1;
            step = step is 0 or 1 ? step : 1;
            count = 1 + rows.Skip(at + 1).TakeWhile((r, i) => r == rows[start] + ((i + 1) * step)).Count();
            yield return (rows[at], count, step == 0);
        }
    }

    /// <summary>A cache whose sequences end together, of one that was read of texts of different lengths with padding behind them.</summary>
    /// <param name="lengths">Of the texts.</param>
    internal KeyValueCache EndedTogether(IReadOnlyList<long> lengths)
    {
        using var scope = NewDisposeScope();
        long[] padding = [.. lengths.Select(l => Length - l)];
        var moved = new KeyValueCache { Length = Length, Padding = Normalized(padding, 0) };

        // A place before the first token gets the first token's numbers, which a mask hides.
        long[] places = [.. padding.SelectMany(p => Enumerable.Range(0, (int)Length).Select(i => Math.Max(0, i - p)))];
        var from = tensor(places, [padding.Length, 1, Length, 1]).GoTo(_layers.Values.First().Keys.device);
        foreach (var (layer, (keys, values)) in _layers)
        {
            Tensor Of(Tensor all)
            {
                var read = all.narrow(2, 0, Length);
                return (moved.Padding is null ? read.alias() : read.gather(2, from.expand(-1, all.shape[1], -1, all.shape[3]))).DetachFromDisposeScope();
            }

            moved._layers[layer] = (Of(keys), Of(values));
        }

        return moved;
    }

    private static long[]? Normalized(long[]? padding, long unused)
        => padding is null || padding.All(p => p == unused) ? null : [.. padding.Select(p => p - unused)];

    /// <summary>Adds new keys and values of a layer, [batch, heads, tokens, size], and gives all.</summary>
    internal (Tensor Keys, Tensor Values) Append(int layer, Tensor keys, Tensor values)
    {
        if (!_layers.TryGetValue(layer, out var before))
        {
            _layers[layer] = (keys.DetachFromDisposeScope(), values.DetachFromDisposeScope());
            return (keys, values);
        }

        _places.Remove(layer);
        _layers[layer] = (Put(before.Keys, keys), Put(before.Values, values));
        long length = Length + keys.shape[2];
        return (_layers[layer].Keys.narrow(2, 0, length), _layers[layer].Values.narrow(2, 0, length));
    }

    long[]? IStepCache.Padding => Padding;

    void IStepCache.Advance(long tokens) => Advance(tokens);

    // Of float32 tensors on the processor.
    unsafe CacheRows IStepCache.MakeRoom(int layer)
    {
        if (_places.TryGetValue(layer, out var known) && known.Room > Length)
        {
            return known;
        }

        var (keys, values) = _layers[layer];
        if (keys.shape[2] <= Length)
        {
            using var noGradient = no_grad();
            _layers[layer] = (keys, values) = (Grown(keys, Length + 1), Grown(values, Length + 1));
        }

        return _places[layer] = new CacheRows(AddressOf(keys), AddressOf(values), keys.shape[2]);
    }

    internal void Advance(long tokens) => Length += tokens;

    /// <summary>The texts of all sequences with the tokens that are read next, of which keys and values are still to come.</summary>
    /// <param name="ids">[batch, tokens] int64.</param>
    internal IReadOnlyList<RememberedText> Remember(Tensor ids)
    {
        using var here = ids.cpu().contiguous();
        long[] all = here.data<long>().ToArray();
        int tokens = (int)ids.shape[1];
        int rows = (int)ids.shape[0];
        _texts = [.. Enumerable.Range(0, rows).Select(i => new RememberedText([.. _texts.Count == 0 ? [] : _texts[i].Ids, .. all.AsSpan(i * tokens, tokens)], _texts.Count == 0 ? 0 : _texts[i].ReadAs))];
        return _texts;
    }

    /// <summary>Puts other keys and values in the place of a sequence's.</summary>
    /// <param name="row">The sequence.</param>
    /// <param name="anew">A cache of that sequence alone; not disposed here.</param>
    internal void Replace(int row, KeyValueCache anew)
    {
        using var noGradient = no_grad();
        foreach (int layer in _layers.Keys.ToArray())
        {
            Tensor Of(Func<(Tensor Keys, Tensor Values), Tensor> part)
            {
                // Into a copy: the tensors may be parts of another cache's.
                var before = part(_layers[layer]);
                var all = before.clone().DetachFromDisposeScope();
                all.narrow(0, row, 1).narrow(2, Length - anew.Length, anew.Length).copy_(part(anew._layers[layer]).narrow(2, 0, anew.Length));
                before.Dispose();
                return all;
            }

            _places.Remove(layer);
            _layers[layer] = (Of(l => l.Keys), Of(l => l.Values));
        }
    }

    private List<RememberedText> TextsOf(long[]? rows, long length)
        => _texts.Count == 0 ? [] : [.. (rows ?? [.. Enumerable.Range(0, _texts.Count).Select(i => (long)i)])
            .Select(r => _texts[(int)r] with { Ids = _texts[(int)r].Ids[..(int)Math.Clamp(length - (Padding?[r] ?? 0), 0, _texts[(int)r].Ids.Length)] })];

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var (keys, values) in _layers.Values)
        {
            keys.Dispose();
            values.Dispose();
        }

        _layers.Clear();
        _places.Clear();
    }

    private static Tensor WithRoom(long[] shape, Tensor like) => empty([shape[0], shape[1], shape[2] + Room + (shape[2] / 8), shape[3]], like.dtype, like.device);

    // Writes behind what is there; where that has no room, into a larger copy.
    private Tensor Put(Tensor all, Tensor added)
    {
        using var scope = NewDisposeScope();
        long length = Length + added.shape[2];
        var target = length > all.shape[2] ? Grown(all, length) : all;
        target.narrow(2, Length, added.shape[2]).copy_(added);
        return target;
    }

    // A copy with room for so many tokens and more, in the place of what was there. Only such copies have room, so that whoever finds room finds a tensor in one piece.
    private Tensor Grown(Tensor all, long length)
    {
        using var scope = NewDisposeScope();
        var target = WithRoom([all.shape[0], all.shape[1], length, all.shape[3]], all);
        target.narrow(2, 0, Length).copy_(all.narrow(2, 0, Length));
        all.Dispose();
        return target.DetachFromDisposeScope();
    }

    // The bytes of a whole cache may be more than a span can hold.
    private static unsafe float* AddressOf(Tensor all)
    {
        using var scope = NewDisposeScope();
        var first = all.narrow(0, 0, 1).narrow(1, 0, 1);
        return (float*)KernelRows.AddressOf(first);
    }
}
