using FuseSharp.Conversations;
using FuseSharp.Errors;
using FuseSharp.Evaluation.Evaluate;
using FuseSharp.Fusion.Align;
using FuseSharp.Fusion.Records;
using FuseSharp.Models;
using FuseSharp.Models.Native;
using static TorchSharp.torch;

namespace FuseSharp.Evaluation.Ensemble;

/// <summary>Several models that predict together, in the vocabulary of the first: the weighted mean of their next-token distributions.</summary>
/// <remarks>
/// At every position of the target's tokens: the target's distribution, and that of each source whose tokens end at the same byte, carried into the target's vocabulary by
/// <see cref="VocabularyProjection.ToFirstToken"/> (docs/decisions/0070-ensemble.md). Costs a forward pass of every model; a chunk of distributions is in memory at a time.
/// </remarks>
public sealed class ModelEnsemble : IDisposable
{
    // Numbers of the target's distributions in memory at a time, 32 MB; each source needs twice that beside them.
    private const long ChunkNumbers = 8L << 20;

    private readonly LanguageModel _target;
    private readonly EnsembleSource[] _sources;
    private readonly IReadOnlyList<PieceEncoder> _encoders;
    private readonly double[] _weights;

    /// <summary>Puts models together.</summary>
    /// <param name="models">The target first; owned.</param>
    /// <param name="weights">Of each model, in any scale; empty for equal ones.</param>
    /// <param name="encoders">How each model reads conversations; null where there are none.</param>
    /// <exception cref="UsageException">The weights do not fit the models.</exception>
    public ModelEnsemble(IReadOnlyList<LanguageModel> models, IReadOnlyList<double> weights, IReadOnlyList<PieceEncoder>? encoders = null)
    {
        if (EnsembleWeights.ErrorOf(models.Count, weights) is { } fault)
        {
            throw new UsageException(fault);
        }

        _target = models[0];
        _weights = weights.Count == 0 ? [.. models.Select(_ => 1.0 / models.Count)] : [.. weights.Select(w => w / weights.Sum())];
        _encoders = encoders ?? [.. models.Select(m => new PieceEncoder(m.Tokenizer, null))];
        _sources = [.. models.Skip(1).Select((m, i) => new EnsembleSource(m, _target, ConversationProjection.Create(_encoders[0], _encoders[i + 1])))];
    }

    /// <summary>What decides an ensemble's answers: its models with their weights.</summary>
    /// <param name="models">Folders or GGUF files, the target first.</param>
    /// <param name="weights">Of each model; empty for equal ones.</param>
    /// <returns>Each model with the fingerprint of its files, weighted.</returns>
    public static IReadOnlyList<(string Model, string Fingerprint)> Members(IReadOnlyList<string> models, IReadOnlyList<double> weights)
        => [.. models.Select((m, i) => (m, FormattableString.Invariant($"{(weights.Count == 0 ? 1 : weights[i])} × {LanguageModel.Fingerprint(m)}")))];

    /// <summary>All of them, the target first.</summary>
    internal IEnumerable<LanguageModel> Models => _sources.Select(s => s.Model).Prepend(_target);

    /// <summary>Nats that the ensemble needs for a text, and the number of its tokens.</summary>
    /// <param name="text">Any text.</param>
    /// <param name="window">Longest window of each model, tokens; at most its context.</param>
    /// <param name="cancellation">Ends the work between two chunks.</param>
    public (double Nats, int Tokens) Measure(string text, int window, CancellationToken cancellation)
        => Measure([.. Models.Select(m => EnsembleText.Tokenize(m, "", text))], window, cancellation);

    /// <summary>The same for the learned messages of a conversation, which each model reads in its own template.</summary>
    /// <param name="conversation">Any.</param>
    /// <param name="window">Longest window of each model, tokens; at most its context.</param>
    /// <param name="cancellation">Ends the work between two chunks.</param>
    /// <exception cref="UsageException">A model has no template.</exception>
    /// <exception cref="ModelException">A template refuses the conversation, or alters its answers.</exception>
    public (double Nats, int Tokens) Measure(Conversation conversation, int window, CancellationToken cancellation)
        => Measure([.. _encoders.Select(e => e.Encode(conversation))], window, cancellation);

    private (double Nats, int Tokens) Measure(EncodedPiece[] texts, int window, CancellationToken cancellation)
    {
        double nats = 0;
        int tokens = 0;
        foreach (var (chunk, labels) in Read(texts, 0, window, cancellation))
        {
            using (chunk)
            {
                nats -= Finite(chunk.LogProbabilities(labels).Sum(p => (double)p));
                tokens += labels.Length;
            }
        }

        return (nats, tokens);
    }

    /// <summary>How likely a continuation is.</summary>
    /// <param name="prompts">What each model has read before; as a rule the same.</param>
    /// <param name="continuation">Not empty; with the space that parts it from the prompt.</param>
    /// <param name="isConversation">Whether chat templates wrote the prompts.</param>
    /// <param name="cancellation">Ends the work between two chunks.</param>
    internal Likelihood Score(IReadOnlyList<string> prompts, string continuation, bool isConversation, CancellationToken cancellation)
    {
        double nats = 0;
        bool isGreedy = true;
        EncodedPiece[] texts = [.. Models.Zip(prompts, (m, p) => EnsembleText.Tokenize(m, p, continuation, isConversation))];

        // White space at the prompt's end counts to the continuation, as in LikelihoodRequest.
        int known = _target.PromptIds(prompts[0].TrimEnd(), isConversation).Length;
        foreach (var (chunk, labels) in Read(texts, Math.Min(known, texts[0].Count - 1) - 1, int.MaxValue, cancellation))
        {
            using (chunk)
            {
                nats -= Finite(chunk.LogProbabilities(labels).Sum(p => (double)p));
                isGreedy &= chunk.TopTokens(_target.Tokenizer.Vocabulary.Count).AsSpan().SequenceEqual(labels);
            }
        }

        return new Likelihood(-nats, isGreedy);
    }

    /// <summary>What follows texts that the models have read up to the same place.</summary>
    /// <param name="target">[1, hidden] the target's state there.</param>
    /// <param name="sources">Those of the sources; null for one that has not read that far.</param>
    /// <returns>[rows of the target's head] logarithms of the mixed probabilities.</returns>
    internal float[] Next(Tensor target, IReadOnlyList<Tensor?> sources)
    {
        using var scope = NewDisposeScope();
        using var mixed = OfTarget(target);
        for (int s = 0; s < _sources.Length; s++)
        {
            if (sources[s] is { } state)
            {
                mixed.Add(_sources[s].Carry(state), [0], _weights[s + 1]);
            }
        }

        return mixed.Probabilities().log().cpu().data<float>().ToArray();
    }

    /// <summary>The distributions at a text's positions, a chunk at a time, with the tokens that stand there.</summary>
    /// <param name="texts">As each model reads it, the target first.</param>
    /// <param name="first">The target's first position whose distribution is wanted; of a conversation only those before learned tokens are.</param>
    /// <param name="window">Longest window of each model, tokens; at most its context.</param>
    /// <param name="cancellation">Ends the work between two chunks.</param>
    /// <returns>Chunks for the caller to dispose before the next one is asked for.</returns>
    internal IEnumerable<(MixedDistributions Chunk, long[] Labels)> Read(IReadOnlyList<EncodedPiece> texts, int first, int window, CancellationToken cancellation)
    {
        using var noGradient = no_grad();
        var tokens = texts[0];
        EncodedPiece[] own = [.. texts.Skip(1)];
        int[][] positions = [.. _sources.Zip(own, (s, t) => s.Positions(tokens, t))];
        using var reader = new StateReader(_target, tokens.Ids, window);
        var readers = _sources.Zip(own, (s, t) => new StateReader(s.Model, t.Ids, window)).ToArray();
        try
        {
            int chunk = (int)Math.Max(16, ChunkNumbers / _target.Network.OutputWeight.shape[0]);
            foreach (int[] wanted in Enumerable.Range(first, tokens.Count - first).Where(tokens.Predicts).Chunk(chunk))
            {
                cancellation.ThrowIfCancellationRequested();
                yield return (Mix(wanted), [.. wanted.Select(t => (long)tokens.Ids[t + 1])]);
            }
        }
        finally
        {
            Array.ForEach(readers, r => r.Dispose());
        }

        MixedDistributions Mix(int[] wanted)
        {
            using var scope = NewDisposeScope();
            var mixed = OfTarget(reader.At(wanted));
            for (int s = 0; s < _sources.Length; s++)
            {
                (int Row, int Target, int Own)[] heard = [.. wanted.Select((t, row) => (row, t, positions[s][t])).Where(p => p.Item3 >= 0)];
                if (heard.Length == 0)
                {
                    continue;
                }

                var states = readers[s].At(Array.ConvertAll(heard, p => p.Own));
                foreach (var (targets, pairs) in _sources[s].Ways(tokens, own[s], Array.ConvertAll(heard, p => (p.Target, p.Own))))
                {
                    var part = pairs.Length == heard.Length ? states : states.index_select(0, tensor(pairs).GoTo(states.device));
                    mixed.Add(_sources[s].Carry(part, targets), Array.ConvertAll(pairs, p => (long)heard[p].Row), _weights[s + 1]);
                }
            }

            return mixed;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _target.Dispose();
        Array.ForEach(_sources, s => s.Dispose());
    }

    // States may be numbers where a head or a weight of the mixture is none.
    private double Finite(double logProbability)
        => double.IsFinite(logProbability) ? logProbability
            : throw new NotFiniteException($"The ensemble of {string.Join(", ", Models.Select(m => m.Name))} gives probabilities that are not numbers. Check the models' weights, or take precision float32.");

    private MixedDistributions OfTarget(Tensor states)
        => new(_target.Network.LogitsOf(states).to(ScalarType.Float32).log_softmax(1), _weights[0]);
}
