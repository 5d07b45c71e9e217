using FuseSharp.Models.Architectures;
using FuseSharp.Models.Kernels;
using FuseSharp.Models.Native;
using static TorchSharp.torch;

namespace FuseSharp.Models.Scoring;

/// <summary>Runs a model over many token sequences and reads off cross-entropies and the largest logits.</summary>
/// <remarks>
/// Sequences of similar length share a batch, only real positions reach the head, and the head's logits exist for a chunk of positions at a time.
/// What a sequence scores does not depend on its neighbours, beyond the rounding of matrix products of another size.
/// </remarks>
/// <param name="model">Only read.</param>
/// <param name="vocabularySize">Ids from here on exist only in the embedding (padding to a round size) and are never among the largest.</param>
/// <param name="k">Largest logits to keep, ≥ 0.</param>
/// <param name="projection">What probabilities are summed by before the largest are kept; null to keep those of single tokens.</param>
/// <param name="samples">Whether not the largest k are kept but k that stand for all: the largest as they are, the others drawn by their probability, each for an equal share of what is left. Nothing is missing then, and the mean over many positions is the distribution itself.</param>
public sealed class SequenceScorer(CausalModel model, int vocabularySize, int k, CandidateProjection? projection = null, bool samples = false)
{
    private readonly Dictionary<CandidateProjection, int[]> _places = new(ReferenceEqualityComparer.Instance);

    // Stands for no projection among others.
    private static readonly CandidateProjection _none = new([], 0);

    /// <summary>Positions of a batch on a processor, padding included.</summary>
    // Measured with models of 2M parameters: 4,096 to 16,384 tokens a batch run equally fast, fewer do not fill two cores.
    public const int TokensPerBatch = 8192;

    /// <summary>Positions of a batch where this model runs: a graphics processor is busy with more at a time.</summary>
    public int BatchTokens => TokensPerBatch * (model.OutputWeight.device_type == TorchSharp.DeviceType.CPU ? 1 : 4);

    /// <summary>Scores all sequences.</summary>
    /// <param name="sequences">Token ids, each of at least one token and within the model's context.</param>
    /// <param name="finished">Gets the number of sequences of each finished batch.</param>
    /// <param name="cancellation">Ends the work between two batches.</param>
    /// <param name="wanted">For each sequence the positions that are scored; null for all.</param>
    /// <returns>In the order of <paramref name="sequences"/>.</returns>
    public SequenceScores[] Score(IReadOnlyList<int[]> sequences, Action<int>? finished, CancellationToken cancellation, IReadOnlyList<WantedPositions?>? wanted = null)
    {
        model.eval();
        var scores = new SequenceScores[sequences.Count];
        int[] order = [.. Enumerable.Range(0, sequences.Count).OrderByDescending(i => sequences[i].Length)]; // longest first: memory peaks at once
        using var noGradient = no_grad();
        for (int start = 0; start < order.Length;)
        {
            cancellation.ThrowIfCancellationRequested();
            int longest = sequences[order[start]].Length;
            int rows = Math.Clamp(BatchTokens / longest, 1, order.Length - start);
            for (int i = 1; i < rows; i++)
            {
                rows = model.LengthClass(sequences[order[start + i]].Length) == model.LengthClass(longest) ? rows : i;
            }

            ScoreBatch(sequences, order.AsSpan(start, rows), scores, wanted);
            finished?.Invoke(rows);
            start += rows;
        }

        return scores;
    }

    private void ScoreBatch(IReadOnlyList<int[]> sequences, ReadOnlySpan<int> rows, SequenceScores[] scores, IReadOnlyList<WantedPositions?>? wanted)
    {
        using var scope = NewDisposeScope();
        int length = sequences[rows[0]].Length;
        long[] ids = new long[rows.Length * length];
        var places = new Dictionary<CandidateProjection, ScoredPlaces>(ReferenceEqualityComparer.Instance);
        var own = projection ?? _none;
        for (int b = 0; b < rows.Length; b++)
        {
            int[] sequence = sequences[rows[b]];
            double[]? points = samples ? SystematicSample.PointsOf(sequence) : null;
            for (int t = 0; t < sequence.Length; t++)
            {
                ids[(b * length) + t] = sequence[t]; // padding stays 0: causal attention hides it from the tokens before
                var some = wanted?[rows[b]];
                if (some?.Are[t] == false)
                {
                    continue;
                }

                var here = some?.Projections?[t] ?? own;
                if (!places.TryGetValue(here, out var found))
                {
                    places[here] = found = new ScoredPlaces();
                }

                found.Add(rows[b], t, (b * length) + t, t + 1 < sequence.Length ? sequence[t + 1] : 0, points?[t] ?? 0);
            }

            scores[rows[b]] = new SequenceScores(new float[sequence.Length], new float[sequence.Length], new int[sequence.Length * k], new float[sequence.Length * k]);
            scores[rows[b]].Indices.AsSpan().Fill(-1);
        }

        var weight = model.OutputWeight;
        var states = model.HiddenStates(tensor(ids, [rows.Length, length]).GoTo(weight.device)).view(ids.Length, -1);
        foreach (var (counted, found) in places)
        {
            var some = found.Positions.Count < ids.Length ? states.index_select(0, tensor(found.Positions.ToArray()).GoTo(weight.device)) : states;
            var all = ScorePositions(some, tensor(found.Labels.ToArray(), [found.Labels.Count, 1]).GoTo(weight.device), counted == _none ? null : counted, samples ? [.. found.Points] : null);
            found.CopyTo(scores, all, k);
        }

        foreach (int row in rows)
        {
            scores[row].CrossEntropies[^1] = 0;
        }
    }

    /// <summary>Scores final states, whatever sequences they come from; of candidates the largest are kept.</summary>
    /// <param name="states">[n, hidden].</param>
    /// <param name="labels">[n, 1]: the token that stands behind each.</param>
    public SequenceScores ScorePositions(Tensor states, Tensor labels) => ScorePositions(states, labels, projection, null);

    private SequenceScores ScorePositions(Tensor states, Tensor labels, CandidateProjection? counted, double[]? points)
    {
        var weight = model.OutputWeight;
        if (!KernelRows.Fit(weight))
        {
            using var there = ScoreWhereTheyAre(states, labels, counted, points);
            return ReadOff(there, counted, points is not null);
        }

        int[]? places = counted is null ? null : PlacesOf(counted);
        int n = (int)states.shape[0];
        var scores = new SequenceScores(new float[n], new float[n], new int[n * k], new float[n * k]);
        int rows = (int)HeadChunk.Rows(weight.shape[0], weight.device_type);
        for (int start = 0; start < n; start += rows)
        {
            using var scope = NewDisposeScope();
            int count = Math.Min(rows, n - start);
            var logits = model.LogitsOf(states.narrow(0, start, count)); // [count, vocabulary]
            LogitScoresKernel.Run(logits, labels.narrow(0, start, count), Math.Min(vocabularySize, (int)weight.shape[0]), k, start, scores, places, counted?.Count ?? 0, points);
        }

        return scores;
    }

    /// <summary>The same by libtorch's operations, not waited for: scores stay where the states are, until they are read with one copy.</summary>
    /// <param name="states">[n, hidden].</param>
    /// <param name="labels">[n, 1]: the token that stands behind each.</param>
    /// <param name="counted">What probabilities are summed by; null to keep those of single tokens.</param>
    /// <param name="points">[n] of a <see cref="SystematicSample"/>; null to keep the largest.</param>
    /// <returns>[n, 2 + 2·kept] float64, which holds float32 numbers and ids: cross-entropy, log-normalizer, the largest logits or sums of probabilities, their ids.</returns>
    internal Tensor ScoreWhereTheyAre(Tensor states, Tensor labels, CandidateProjection? counted, double[]? points)
    {
        using var scope = NewDisposeScope();
        long n = states.shape[0];
        long rows = HeadChunk.Rows(model.OutputWeight.shape[0], states.device_type);
        var places = counted is null || k == 0 ? null : tensor(PlacesOf(counted), ScalarType.Int64).GoTo(states.device);
        var pointsThere = points is null || k == 0 ? null : tensor(points, [n, 1]).GoTo(states.device);
        var all = empty([n, 2 + (2 * KeptOf(counted))], ScalarType.Float64, states.device);
        for (long start = 0; start < n; start += rows)
        {
            using var chunk = NewDisposeScope();
            long count = Math.Min(rows, n - start);
            var logits = model.LogitsOf(states.narrow(0, start, count)).to(ScalarType.Float32); // [count, vocabulary]
            var normalizer = logits.logsumexp(1, keepdim: true);                                // [count, 1]
            List<Tensor> columns = [normalizer - logits.gather(1, labels.narrow(0, start, count)), normalizer];
            if (k > 0)
            {
                var tokens = logits.narrow(1, 0, Math.Min(vocabularySize, logits.shape[1]));
                var (values, ids) = pointsThere is null && places is null ? tokens.topk(k)
                    : Largest(places is null ? (tokens - normalizer).exp() : Sums((logits - normalizer).exp(), places, counted!.Count), pointsThere?.narrow(0, start, count), KeptOf(counted));
                columns.AddRange([values, ids]); // both [count, kept], largest first
            }

            all.narrow(0, start, count).copy_(cat([.. columns.Select(c => c.to(ScalarType.Float64))], 1));
        }

        return all.MoveToOuterDisposeScope();
    }

    private static (Tensor Weights, Tensor Ids) Largest(Tensor weights, Tensor? points, int kept) => points is null ? weights.topk(kept) : SystematicSample.Draw(weights, points, kept);

    // Probabilities [count, width] by candidate; those that count for none are left out.
    private static Tensor Sums(Tensor probabilities, Tensor places, int candidates)
        => zeros(probabilities.shape[0], candidates + 1, ScalarType.Float32, probabilities.device)
            .index_add_(1, places, probabilities, RootedScalar.Of(1)).narrow(1, 0, candidates);

    private SequenceScores ReadOff(Tensor there, CandidateProjection? counted, bool areSampled)
    {
        int n = (int)there.shape[0];
        int kept = KeptOf(counted);
        var scores = new SequenceScores(new float[n], new float[n], new int[n * k], new float[n * k]);
        using var here = there.cpu(); // the one copy
        var numbers = here.data<double>().ToArray().AsSpan();
        for (int i = 0; i < n; i++)
        {
            var row = numbers.Slice(i * (2 + (2 * kept)), 2 + (2 * kept));
            scores.CrossEntropies[i] = (float)row[0];
            scores.LogNormalizers[i] = (float)row[1];
            for (int c = 0; c < kept; c++)
            {
                scores.Logits[(i * k) + c] = (float)row[2 + c];
                scores.Indices[(i * k) + c] = (int)row[2 + kept + c];
            }

            if (counted is not null || areSampled)
            {
                scores.SumsToLogits(i * k, k, scores.LogNormalizers[i]);
            }
        }

        return scores;
    }

    private int KeptOf(CandidateProjection? counted) => counted is null ? k : Math.Min(k, counted.Count);

    private int[] PlacesOf(CandidateProjection counted)
        => _places.TryGetValue(counted, out int[]? known) ? known : _places[counted] = counted.PlacesOf((int)model.OutputWeight.shape[0]);
}
