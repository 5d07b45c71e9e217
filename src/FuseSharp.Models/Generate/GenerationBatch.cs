using FuseSharp.Models.Decoding;
using FuseSharp.Models.Layers;
using FuseSharp.Models.Native;
using static TorchSharp.torch;

namespace FuseSharp.Models.Generate;

/// <summary>Writes several continuations side by side, a token of each at a time; new ones join and finished ones leave between two tokens.</summary>
/// <remarks>
/// A token costs about as long as reading the weights takes, whether for one text or for eight. Prompts are read one by one, each without padding,
/// in pieces between which the others may go on, and what one has in common with the beginning of the one before is not read again.
/// Several at once (<see cref="AddEach"/>) are read side by side where that costs no more than one: on a graphics processor.
/// What is written does not depend on the neighbours, beyond the rounding of matrix products of another size. Not for use by several threads.
/// </remarks>
/// <param name="model">Only read.</param>
public sealed class GenerationBatch(LanguageModel model) : IDisposable
{
    // Joining and leaving copy the whole cache, which takes as long as a few tokens: until somebody joins, up to a quarter of the sequences may be those of texts that have left.
    private const int LeftShare = 4;

    // So many tokens of prompts are read side by side, padding included: enough to keep a graphics processor busy, and their states take little memory.
    private const int TokensTogether = 1 << 14;

    private readonly Lazy<DecodeStep?> _step = new(() => model.Network.FindStep(), LazyThreadSafetyMode.None);
    private readonly PrefixReader _reader = new(model);
    private readonly List<Generation?> _running = []; // those in the cache, null for those that have left, then those that join
    private readonly List<(KeyValueCache Prompt, long[] Rows)> _joining = [];
    private KeyValueCache? _cache; // all but the last token of each
    private int _cached;           // sequences in it

    /// <summary>Continuations that are not finished.</summary>
    public int Count => _running.Count(g => g is not null);

    /// <summary>Whether one of them is of some kind.</summary>
    public bool Has(Func<Generation, bool> isOfKind) => _running.Exists(g => g is not null && isOfKind(g));

    /// <summary>Whether prompts are read side by side: on a processor one by one is as fast, and what they have in common is read once.</summary>
    internal bool ReadsTogether { get; init; } = model.Network.OutputWeight.device_type != TorchSharp.DeviceType.CPU && !model.Network.RereadsLongTexts;

    /// <summary>Reads prompts and writes the first token of the continuation of each.</summary>
    /// <param name="continuations">Each of its own prompt.</param>
    /// <param name="cancellation">Ends it between two passes.</param>
    public void AddEach(IReadOnlyList<Generation> continuations, CancellationToken cancellation)
    {
        if (!ReadsTogether || continuations.Count == 1)
        {
            foreach (var continuation in continuations)
            {
                cancellation.ThrowIfCancellationRequested();
                Add([continuation]);
            }

            return;
        }

        foreach (var alike in continuations.GroupBy(c => model.Network.LengthClass(c.Prompt.Count)))
        {
            Generation[] sorted = [.. alike.OrderByDescending(c => c.Prompt.Count)]; // the first of a pass is its longest
            for (int at = 0; at < sorted.Length;)
            {
                cancellation.ThrowIfCancellationRequested();
                int count = Math.Clamp(TokensTogether / sorted[at].Prompt.Count, 1, sorted.Length - at);
                AddTogether(sorted[at..(at + count)]);
                at += count;
            }
        }
    }

    private void AddTogether(Generation[] continuations)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        model.Network.eval();
        long[] lengths = [.. continuations.Select(c => (long)c.Prompt.Count)];
        long longest = lengths[0];
        long[] ids = [.. continuations.SelectMany(c => c.Prompt.Select(id => (long)id).Concat(new long[longest - c.Prompt.Count]))]; // padding, which no token before it sees, is id 0
        long[] last = [.. lengths.Select((l, i) => (i * longest) + l - 1)];
        var device = model.Network.OutputWeight.device;
        using var read = new KeyValueCache();
        var states = model.Network.HiddenStates(tensor(ids, [lengths.Length, longest]).GoTo(device), read);
        NextToken.Write(model, states.flatten(0, 1).index_select(0, tensor(last).GoTo(device)), continuations);
        long[] unfinished = [.. Enumerable.Range(0, lengths.Length).Where(i => !continuations[i].HasEnded).Select(i => (long)i)];
        if (unfinished.Length > 0)
        {
            _joining.Add((read.EndedTogether(lengths), unfinished));
            foreach (long i in unfinished)
            {
                _running.Add(continuations[(int)i]);
            }
        }
    }

    /// <summary>Reads a prompt and writes the first token of each of its continuations.</summary>
    /// <param name="continuations">At least one, all of the same prompt.</param>
    /// <param name="pieceTokens">Most tokens of the prompt to read at once, at least 1.</param>
    /// <param name="goesOn">Asked between two pieces, and may take a <see cref="Step"/> of the others; where it says no, the prompt is dropped. Null: yes.</param>
    public void Add(IReadOnlyList<Generation> continuations, int pieceTokens = int.MaxValue, Func<bool>? goesOn = null)
    {
        using var noGradient = no_grad();
        model.Network.eval();
        int[] prompt = [.. continuations[0].Prompt];
        using var state = _reader.Read(prompt, pieceTokens, goesOn ?? (() => true));
        if (state is null)
        {
            return;
        }

        float[] logits = NextToken.Logits(model, state);
        foreach (var continuation in continuations)
        {
            continuation.Write(logits.ToArray());
        }

        Generation[] unfinished = [.. continuations.Where(c => !c.HasEnded)];
        if (unfinished.Length > 0)
        {
            _joining.Add((_reader.Cache.Take(null, prompt.Length), new long[unfinished.Length])); // each goes on from the prompt's only sequence
            _running.AddRange(unfinished);
        }
    }

    /// <summary>Writes one token of each; the finished ones leave.</summary>
    public void Step()
    {
        using var noGradient = no_grad();
        Recompose();
        if (_cache is null)
        {
            return;
        }

        WriteOneOfEach(_cache);
        Keep(g => !g.HasEnded);
    }

    /// <summary>Lets continuations leave that nobody waits for any more.</summary>
    /// <param name="isWanted">Whether one stays.</param>
    public void Keep(Func<Generation, bool> isWanted)
    {
        for (int i = 0; i < _running.Count; i++)
        {
            _running[i] = _running[i] is { } continuation && isWanted(continuation) ? continuation : null;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _reader.Dispose();
        _cache?.Dispose();
        _joining.ForEach(j => j.Prompt.Dispose());
    }

    // Takes those into the cache that join, and those out of it that have left, in one copy.
    private void Recompose()
    {
        int left = _running.Count - Count;
        bool isFull = _cache?.Length >= model.Network.Config.ContextLength; // those that have left are read on, and have no position there
        if (_joining.Count == 0 && (left == 0 || (left * LeftShare < _running.Count && !isFull)))
        {
            return;
        }

        long[] kept = [.. Enumerable.Range(0, _cached).Where(i => _running[i] is not null).Select(i => (long)i)];
        (KeyValueCache, long[])[] parts = [.. kept.Length == 0 ? Array.Empty<(KeyValueCache, long[])>() : [(_cache!, kept)], .. _joining];
        using var before = _cache;
        _cache = parts.Length == 0 ? null : KeyValueCache.Join(parts);
        _joining.ForEach(j => j.Prompt.Dispose());
        _joining.Clear();
        Generation?[] running = [.. kept.Select(i => _running[(int)i]), .. _running.Skip(_cached)];
        _running.Clear();
        _running.AddRange(running);
        _cached = running.Length;
    }

    private void WriteOneOfEach(KeyValueCache cache)
    {
        int[] last = [.. _running.Select(g => g?.Tokens[^1].Id ?? 0)];
        if (_step.Value is { } step)
        {
            var logits = step.Logits(last, cache);
            int width = logits.Length / last.Length;
            for (int i = 0; i < last.Length; i++)
            {
                _running[i]?.Write(logits.Slice(i * width, width));
            }

            return;
        }

        using var scope = NewDisposeScope();
        var states = model.Network.HiddenStates(tensor(last, [last.Length, 1], ScalarType.Int64).GoTo(model.Network.OutputWeight.device), cache);
        NextToken.Write(model, states.squeeze(1), _running);
    }
}
