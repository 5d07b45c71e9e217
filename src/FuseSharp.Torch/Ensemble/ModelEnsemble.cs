using FuseSharp.Core.Errors;
using FuseSharp.Core.Recipes;
using FuseSharp.Core.Tokenizers;
using FuseSharp.Torch.Scoring;
using static TorchSharp.torch;

namespace FuseSharp.Torch.Ensemble;

/// <summary>Several models that predict together, in the vocabulary of the first: the weighted mean of their next-token distributions.</summary>
/// <remarks>
/// At every position of the target's tokens: the target's distribution, and that of each source whose tokens end at the same byte, carried into the target's vocabulary by
/// <see cref="Core.Align.VocabularyProjection.ToFirstToken"/> (docs/decisions/0070-ensemble.md). Costs a forward pass of every model; a chunk of distributions is in memory at a time.
/// </remarks>
public sealed class ModelEnsemble : IDisposable
{
    // Numbers of the target's distributions in memory at a time, 32 MB; each source needs twice that beside them.
    private const long ChunkNumbers = 8L << 20;

    private readonly LanguageModel _target;
    private readonly EnsembleSource[] _sources;
    private readonly double[] _weights;

    /// <summary>Puts models together.</summary>
    /// <param name="models">The target first; owned.</param>
    /// <param name="weights">Of each model, in any scale; empty for equal ones.</param>
    /// <exception cref="RecipeException">The weights do not fit the models.</exception>
    public ModelEnsemble(IReadOnlyList<LanguageModel> models, IReadOnlyList<double> weights)
    {
        if (BaselineOptions.WeightsFault(models.Count, weights) is { } fault)
        {
            throw new RecipeException(fault);
        }

        _target = models[0];
        _weights = weights.Count == 0 ? [.. models.Select(_ => 1.0 / models.Count)] : [.. weights.Select(w => w / weights.Sum())];
        _sources = [.. models.Skip(1).Select(m => new EnsembleSource(m, _target))];
    }

    /// <summary>Nats that the ensemble needs for a text, and the number of its tokens.</summary>
    /// <param name="text">Any text.</param>
    /// <param name="window">Longest window of each model, tokens; at most its context.</param>
    /// <param name="cancellation">Ends the work between two chunks.</param>
    public (double Nats, int Tokens) Measure(string text, int window, CancellationToken cancellation)
    {
        double nats = 0;
        int tokens = 0;
        foreach (var (chunk, labels) in Read(text, window, cancellation))
        {
            using (chunk)
            {
                nats -= chunk.LogProbabilities(labels).Sum(p => (double)p);
                tokens += labels.Length;
            }
        }

        return (nats, tokens);
    }

    /// <summary>The distributions at a text's positions, a chunk at a time, with the tokens that stand there.</summary>
    /// <returns>Chunks for the caller to dispose before the next one is asked for.</returns>
    internal IEnumerable<(MixedDistributions Chunk, long[] Labels)> Read(string text, int window, CancellationToken cancellation)
    {
        using var noGradient = no_grad();
        var tokens = TokensOf(_target, text);
        var own = _sources.Select(s => TokensOf(s.Model, text)).ToArray();
        int[][] positions = [.. _sources.Zip(own, (s, t) => s.Positions(tokens, t))];
        using var reader = new StateReader(_target, tokens.Ids, window);
        var readers = _sources.Zip(own, (s, t) => new StateReader(s.Model, t.Ids, window)).ToArray();
        try
        {
            int chunk = (int)Math.Max(16, ChunkNumbers / _target.Network.OutputWeight.shape[0]);
            for (int start = 0; start < tokens.Count - 1; start += chunk)
            {
                cancellation.ThrowIfCancellationRequested();
                int endExclusive = Math.Min(start + chunk, tokens.Count - 1); // nothing follows the last token
                yield return (Mix(start, endExclusive, reader, readers, positions), [.. tokens.Ids[(start + 1)..(endExclusive + 1)].Select(id => (long)id)]);
            }
        }
        finally
        {
            Array.ForEach(readers, r => r.Dispose());
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _target.Dispose();
        Array.ForEach(_sources, s => s.Dispose());
    }

    private MixedDistributions Mix(int start, int endExclusive, StateReader reader, StateReader[] readers, int[][] positions)
    {
        using var scope = NewDisposeScope();
        var states = reader.At([.. Enumerable.Range(start, endExclusive - start)]);
        var mixed = new MixedDistributions(states.matmul(_target.Network.OutputWeight.t()).to(ScalarType.Float32).log_softmax(1), _weights[0]);
        for (int s = 0; s < _sources.Length; s++)
        {
            int[] rows = [.. Enumerable.Range(start, endExclusive - start).Where(i => positions[s][i] >= 0)];
            if (rows.Length > 0)
            {
                var carried = _sources[s].Carry(readers[s].At([.. rows.Select(i => positions[s][i])]));
                mixed.Add(carried, [.. rows.Select(i => (long)(i - start))], _weights[s + 1]);
            }
        }

        return mixed;
    }

    // Behind the token that starts a text, where every model has read nothing: a boundary that all share.
    private static TokenizedText TokensOf(LanguageModel model, string text)
    {
        int[] start = model.StartIds(isNeeded: true);
        var tokens = model.Tokenizer.Encode(text);
        return new TokenizedText([.. start, .. tokens.Ids], [.. start.Select(_ => 0), .. tokens.EndsExclusive]);
    }
}
