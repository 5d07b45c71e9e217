using FuseSharp.Torch.Models;
using FuseSharp.Torch.Scoring;
using static TorchSharp.torch;

namespace FuseSharp.Torch.Generate;

/// <summary>Writes several continuations side by side, a token of each at a time; new ones join and finished ones leave between two tokens.</summary>
/// <remarks>
/// On a processor a token costs about as long as reading the weights takes, whether for one text or for eight. Prompts are read one by one, each without padding,
/// in pieces between which the others may go on, and what one has in common with the beginning of the one before is not read again.
/// What is written does not depend on the neighbours, beyond the rounding of matrix products of another size. Not for use by several threads.
/// </remarks>
/// <param name="model">Only read.</param>
public sealed class GenerationBatch(LanguageModel model) : IDisposable
{
    private readonly PrefixReader _reader = new(model);
    private readonly List<Generation> _running = [];
    private KeyValueCache? _cache; // a sequence for each of _running, all but its last token

    /// <summary>Continuations that are not finished.</summary>
    public int Count => _running.Count;

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

        Generation[] unfinished = [.. continuations.Where(c => c.Finish is null)];
        if (unfinished.Length > 0)
        {
            using var own = _reader.Cache.Take(new long[unfinished.Length], prompt.Length);
            using var before = _cache;
            _cache = KeyValueCache.Join(before is null ? [own] : [before, own]);
            _running.AddRange(unfinished);
        }
    }

    /// <summary>Writes one token of each; the finished ones leave.</summary>
    public void Step()
    {
        if (_cache is null)
        {
            return;
        }

        using var noGradient = no_grad();
        float[] logits = ReadOneOfEach(_cache);
        int vocabulary = logits.Length / _running.Count;
        for (int i = 0; i < _running.Count; i++)
        {
            _running[i].Write(logits.AsSpan(i * vocabulary, vocabulary));
        }

        Keep(g => g.Finish is null);
    }

    /// <summary>Lets continuations leave that nobody waits for any more.</summary>
    /// <param name="isWanted">Whether one stays.</param>
    public void Keep(Func<Generation, bool> isWanted)
    {
        long[] rows = [.. Enumerable.Range(0, _running.Count).Where(i => isWanted(_running[i])).Select(i => (long)i)];
        if (rows.Length == _running.Count)
        {
            return;
        }

        Generation[] kept = [.. rows.Select(r => _running[(int)r])];
        _running.Clear();
        _running.AddRange(kept);
        using var before = _cache;
        _cache = kept.Length == 0 ? null : before!.Take(rows, before.Length);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _reader.Dispose();
        _cache?.Dispose();
    }

    private float[] ReadOneOfEach(KeyValueCache cache)
    {
        using var scope = NewDisposeScope();
        int[] last = [.. _running.Select(g => g.Tokens[^1].Id)];
        var states = model.Network.HiddenStates(tensor(last, [last.Length, 1], ScalarType.Int64, device: model.Network.OutputWeight.device), cache);
        return NextToken.Logits(model, states.squeeze(1));
    }
}
