using FuseSharp.Models.Decoding;
using FuseSharp.Models.Layers;
using FuseSharp.Models.Native;
using static TorchSharp.torch;

namespace FuseSharp.Models.Generate;

/// <summary>Writes several continuations side by side, a token of each at a time; new ones join and finished ones leave between two tokens.</summary>
/// <remarks>
/// On a processor a token costs about as long as reading the weights takes, whether for one text or for eight. Prompts are read one by one, each without padding,
/// in pieces between which the others may go on, and what one has in common with the beginning of the one before is not read again.
/// What is written does not depend on the neighbours, beyond the rounding of matrix products of another size. Not for use by several threads.
/// </remarks>
/// <param name="model">Only read.</param>
public sealed class GenerationBatch(LanguageModel model) : IDisposable
{
    // Joining and leaving copy the whole cache, which takes as long as a few tokens: until somebody joins, up to a quarter of the sequences may be those of texts that have left.
    private const int LeftShare = 4;

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

        var logits = ReadOneOfEach(_cache);
        int width = logits.Length / _running.Count;
        for (int i = 0; i < _running.Count; i++)
        {
            _running[i]?.Write(logits.Slice(i * width, width));
        }

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

    private Span<float> ReadOneOfEach(KeyValueCache cache)
    {
        int[] last = [.. _running.Select(g => g?.Tokens[^1].Id ?? 0)];
        if (_step.Value is { } step)
        {
            return step.Logits(last, cache);
        }

        using var scope = NewDisposeScope();
        var states = model.Network.HiddenStates(tensor(last, [last.Length, 1], ScalarType.Int64).GoTo(model.Network.OutputWeight.device), cache);
        return NextToken.Logits(model, states.squeeze(1));
    }
}
