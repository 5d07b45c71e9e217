using FuseSharp.Models.Scoring;
using FuseSharp.Pipeline.Represent.Served;

namespace FuseSharp.Pipeline.Represent;

/// <summary>Has a server score sequences, several at a time; the result is in the sequences' order, whatever order answers come in.</summary>
/// <param name="session">The server.</param>
/// <param name="candidates">How many likeliest tokens it names.</param>
/// <param name="topK">Candidates of a row.</param>
/// <param name="vocabulary">Tokens of the model.</param>
/// <param name="requests">Most questions at a time.</param>
internal sealed class ServedScorer(EndpointSession session, int candidates, int topK, int vocabulary, int requests) : IPieceScorer
{
    /// <inheritdoc/>
    public int BatchTokens => SequenceScorer.TokensPerBatch;

    /// <inheritdoc/>
    public SequenceScores[] Score(IReadOnlyList<int[]> sequences, Action<int> finished, IReadOnlyList<WantedPositions?> wanted, CancellationToken cancellation)
    {
        var scores = new SequenceScores[sequences.Count];
        var telling = new Lock();
        try
        {
            Parallel.ForEachAsync(Enumerable.Range(0, sequences.Count), new ParallelOptions { MaxDegreeOfParallelism = requests, CancellationToken = cancellation }, async (i, stop) =>
            {
                scores[i] = await ScoreAsync(sequences[i], wanted[i], stop).ConfigureAwait(false);
                lock (telling)
                {
                    finished(1);
                }
            }).GetAwaiter().GetResult();
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            throw new OperationCanceledException(cancellation);
        }

        return scores;
    }

    private async Task<SequenceScores> ScoreAsync(int[] ids, WantedPositions? wanted, CancellationToken stop)
        => ids.Length < 2 || (wanted is not null && !Array.Exists(wanted.Are, w => w)) ? ServedRows.Empty(ids.Length, topK)
            : await session.AskAsync(new PromptQuestion(ids, candidates), a => ServedRows.Create(a, candidates, topK, vocabulary, wanted), stop).ConfigureAwait(false);

    /// <inheritdoc/>
    public void Dispose()
    {
        // The connection belongs to the stage.
    }
}
