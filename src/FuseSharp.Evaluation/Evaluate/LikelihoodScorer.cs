using FuseSharp.Models;
using FuseSharp.Models.Layers;
using FuseSharp.Models.Native;
using FuseSharp.Models.Scoring;
using static TorchSharp.torch;

namespace FuseSharp.Evaluation.Evaluate;

/// <summary>Asks a model for the likelihoods of continuations.</summary>
/// <remarks>
/// Continuations of one context share it: it is read once, and its keys and values serve all of them. Contexts of equal length are read together.
/// A likelihood does not depend on the batch, beyond the rounding of matrix products of another size.
/// </remarks>
/// <param name="model">Only read.</param>
/// <param name="batchSize">Most contexts that are read together, at least 1.</param>
public sealed class LikelihoodScorer(LanguageModel model, int batchSize)
{
    // Positions of a batch, as in SequenceScorer; keys and values of a context count once for each continuation.
    private const int TokensPerBatch = 4 * SequenceScorer.TokensPerBatch;

    private readonly SequenceScorer _head = new(model.Network, model.Tokenizer.Vocabulary.Count, k: 1);

    /// <summary>Scores all requests.</summary>
    /// <param name="requests">Those with the same context side by side.</param>
    /// <param name="scored">Gets each likelihood with its request's 0-based place, batch by batch, in no order.</param>
    /// <param name="cancellation">Ends the work between two batches.</param>
    public void Score(IReadOnlyList<LikelihoodRequest> requests, Action<int, Likelihood> scored, CancellationToken cancellation)
    {
        model.Network.eval();
        using var noGradient = no_grad();
        foreach (var group in GroupsOf(requests).GroupBy(g => requests[g[0]].Context.Length).OrderByDescending(g => g.Key)) // longest first: memory peaks at once
        {
            int[][] contexts = [.. group];
            for (int start = 0; start < contexts.Length;)
            {
                cancellation.ThrowIfCancellationRequested();
                int count = CountThatFits(requests, contexts.AsSpan(start), group.Key);
                ScoreBatch(requests, contexts[start..(start + count)], scored);
                start += count;
            }
        }
    }

    // Indices of the requests of each context.
    private static List<int[]> GroupsOf(IReadOnlyList<LikelihoodRequest> requests)
    {
        var groups = new List<int[]>();
        for (int start = 0, end; start < requests.Count; start = end)
        {
            for (end = start + 1; end < requests.Count && requests[end].Context.AsSpan().SequenceEqual(requests[start].Context); end++)
            {
            }

            groups.Add([.. Enumerable.Range(start, end - start)]);
        }

        return groups;
    }

    private int CountThatFits(IReadOnlyList<LikelihoodRequest> requests, ReadOnlySpan<int[]> contexts, int length)
    {
        int rows = 0;
        int longest = 0;
        for (int i = 0; i < contexts.Length; i++)
        {
            rows += contexts[i].Length;
            longest = Math.Max(longest, contexts[i].Max(r => requests[r].Continuation.Length));
            if (i == batchSize || (i > 0 && (long)rows * (length + longest) > TokensPerBatch))
            {
                return i;
            }
        }

        return contexts.Length;
    }

    private void ScoreBatch(IReadOnlyList<LikelihoodRequest> requests, int[][] contexts, Action<int, Likelihood> scored)
    {
        using var read = ReadContexts(requests, contexts, model.Network.OutputWeight.device);

        // Continuations whose texts have other angles are read apart: the longest would decide what the model says of the others.
        foreach (var alike in contexts.SelectMany((c, i) => c.Select(r => (Row: r, Context: (long)i)))
            .GroupBy(r => model.Network.LengthClass(requests[r.Row].Context.Length + requests[r.Row].Continuation.Length - 1)))
        {
            using var cache = read?.Take([.. alike.Select(r => r.Context)], read.Length);
            ScoreRows(requests, [.. alike.Select(r => r.Row)], cache, scored);
        }
    }

    private void ScoreRows(IReadOnlyList<LikelihoodRequest> requests, int[] rows, KeyValueCache? cache, Action<int, Likelihood> scored)
    {
        using var scope = NewDisposeScope();
        var weight = model.Network.OutputWeight;

        // Each row reads the context's last token and its continuation without the last one; padding behind stays 0, causal attention hides it.
        int width = rows.Max(r => requests[r].Continuation.Length);
        long[] ids = new long[rows.Length * width];
        var positions = new List<long>();
        var labels = new List<long>();
        for (int b = 0; b < rows.Length; b++)
        {
            var (context, continuation) = requests[rows[b]];
            for (int t = 0; t < continuation.Length; t++)
            {
                ids[(b * width) + t] = t == 0 ? context[^1] : continuation[t - 1];
                positions.Add((b * width) + t);
                labels.Add(continuation[t]);
            }
        }

        var states = model.Network.HiddenStates(tensor(ids, [rows.Length, width]).GoTo(weight.device), cache).view(ids.Length, -1);
        states = states.index_select(0, tensor(positions.ToArray()).GoTo(weight.device));
        var scores = _head.ScorePositions(states, tensor(labels.ToArray(), [labels.Count, 1]).GoTo(weight.device));
        int first = 0;
        foreach (int row in rows)
        {
            int count = requests[row].Continuation.Length;
            double nats = 0;
            bool isGreedy = true;
            for (int t = first; t < first + count; t++)
            {
                nats += scores.CrossEntropies[t];
                isGreedy &= scores.Indices[t] == labels[t];
            }

            if (!double.IsFinite(nats))
            {
                throw model.NotFinite("a benchmark's question");
            }

            scored(row, new Likelihood(-nats, isGreedy));
            first += count;
        }
    }

    // Keys and values of all contexts but their last tokens; null where there is nothing before the last token.
    private KeyValueCache? ReadContexts(IReadOnlyList<LikelihoodRequest> requests, int[][] contexts, Device device)
    {
        int length = requests[contexts[0][0]].Context.Length - 1;
        if (length == 0)
        {
            return null;
        }

        var cache = new KeyValueCache();
        using var scope = NewDisposeScope();
        long[] ids = [.. contexts.SelectMany(c => requests[c[0]].Context.Take(length)).Select(id => (long)id)];
        model.Network.HiddenStates(tensor(ids, [contexts.Length, length]).GoTo(device), cache);
        return cache;
    }
}
