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
public sealed class SequenceScorer(CausalModel model, int vocabularySize, int k, CandidateProjection? projection = null)
{
    private readonly Dictionary<CandidateProjection, int[]> _places = new(ReferenceEqualityComparer.Instance);

    // Stands for no projection among others.
    private static readonly CandidateProjection _none = new([], 0);

    /// <summary>Positions of a batch, padding included.</summary>
    // Measured with models of 2M parameters: 4,096 to 16,384 tokens a batch run equally fast, fewer do not fill two cores.
    public const int TokensPerBatch = 8192;

    // A graphics processor is busy with more at a time.
    private int BatchTokens => TokensPerBatch * (model.OutputWeight.device_type == TorchSharp.DeviceType.CPU ? 1 : 4);

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

                found.Add(rows[b], t, (b * length) + t, t + 1 < sequence.Length ? sequence[t + 1] : 0);
            }

            scores[rows[b]] = new SequenceScores(new float[sequence.Length], new float[sequence.Length], new int[sequence.Length * k], new float[sequence.Length * k]);
            scores[rows[b]].Indices.AsSpan().Fill(-1);
        }

        var weight = model.OutputWeight;
        var states = model.HiddenStates(tensor(ids, [rows.Length, length], device: weight.device)).view(ids.Length, -1);
        foreach (var (counted, found) in places)
        {
            var some = found.Positions.Count < ids.Length ? states.index_select(0, tensor(found.Positions.ToArray(), device: weight.device)) : states;
            var all = ScorePositions(some, tensor(found.Labels.ToArray(), [found.Labels.Count, 1], device: weight.device), counted == _none ? null : counted);
            found.CopyTo(scores, all, k);
        }

        foreach (int row in rows)
        {
            scores[row].CrossEntropies[^1] = 0;
        }
    }

    /// <summary>Scores final states, whatever sequences they come from.</summary>
    /// <param name="states">[n, hidden].</param>
    /// <param name="labels">[n, 1]: the token that stands behind each.</param>
    public SequenceScores ScorePositions(Tensor states, Tensor labels) => ScorePositions(states, labels, projection);

    private SequenceScores ScorePositions(Tensor states, Tensor labels, CandidateProjection? counted)
    {
        int[]? places = counted is null ? null : PlacesOf(counted);
        int n = (int)states.shape[0];
        var weight = model.OutputWeight;
        var scores = new SequenceScores(new float[n], new float[n], new int[n * k], new float[n * k]);
        int rows = (int)HeadChunk.Rows(weight.shape[0], weight.device_type);
        for (int start = 0; start < n; start += rows)
        {
            using var scope = NewDisposeScope();
            int count = Math.Min(rows, n - start);
            var logits = model.LogitsOf(states.narrow(0, start, count)); // [count, vocabulary]
            var here = labels.narrow(0, start, count);
            if (KernelRows.Fit(logits))
            {
                LogitScoresKernel.Run(logits, here, Math.Min(vocabularySize, (int)weight.shape[0]), k, start, scores, places, counted?.Count ?? 0);
            }
            else
            {
                ReadOff(logits.to(ScalarType.Float32), here, start, scores, counted);
            }
        }

        return scores;
    }

    private void ReadOff(Tensor logits, Tensor labels, int start, SequenceScores scores, CandidateProjection? counted)
    {
        int count = (int)logits.shape[0];
        var normalizer = logits.logsumexp(1, keepdim: true); // [count, 1]
        Copy(normalizer - logits.gather(1, labels), scores.CrossEntropies.AsSpan(start, count));
        Copy(normalizer, scores.LogNormalizers.AsSpan(start, count));
        if (k > 0 && counted is null)
        {
            var (values, indices) = logits.narrow(1, 0, Math.Min(vocabularySize, logits.shape[1])).topk(k); // both [count, k], largest first
            Copy(values, scores.Logits.AsSpan(start * k, count * k));
            Copy(indices.to(ScalarType.Int32), scores.Indices.AsSpan(start * k, count * k));
        }
        else if (k > 0)
        {
            ReadOffSums((logits - normalizer).exp(), start, scores, counted!);
        }
    }

    // Probabilities [count, width] are summed by candidate, those that count for none in a last column.
    private void ReadOffSums(Tensor probabilities, int start, SequenceScores scores, CandidateProjection counted)
    {
        int count = (int)probabilities.shape[0];
        int kept = Math.Min(k, counted.Count);
        var places = tensor(PlacesOf(counted), ScalarType.Int64, probabilities.device);
        var sums = zeros(count, counted.Count + 1, ScalarType.Float32, probabilities.device).index_add_(1, places, probabilities, RootedScalar.Of(1));
        var (values, indices) = sums.narrow(1, 0, counted.Count).topk(kept); // both [count, kept], largest first
        float[] found = new float[count * kept];
        int[] ids = new int[count * kept];
        Copy(values, found);
        Copy(indices.to(ScalarType.Int32), ids);
        for (int row = 0; row < count; row++)
        {
            int position = start + row;
            found.AsSpan(row * kept, kept).CopyTo(scores.Logits.AsSpan(position * k));
            ids.AsSpan(row * kept, kept).CopyTo(scores.Indices.AsSpan(position * k));
            scores.SumsToLogits(position * k, k, scores.LogNormalizers[position]);
        }
    }

    private int[] PlacesOf(CandidateProjection counted)
        => _places.TryGetValue(counted, out int[]? known) ? known : _places[counted] = counted.PlacesOf((int)model.OutputWeight.shape[0]);

    private static void Copy<T>(Tensor from, Span<T> to)
        where T : unmanaged
    {
        using var here = from.cpu().contiguous();
        here.data<T>().CopyTo(to);
    }
}
