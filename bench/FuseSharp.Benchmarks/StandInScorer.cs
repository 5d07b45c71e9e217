using FuseSharp.Models.Scoring;
using FuseSharp.Pipeline.Represent;

namespace FuseSharp.Benchmarks;

/// <summary>In the place of a model: the true next token and those behind it, each half as likely as the one before.</summary>
/// <param name="vocabulary">Number of tokens.</param>
/// <param name="k">Candidates of a row.</param>
internal sealed class StandInScorer(int vocabulary, int k) : IPieceScorer
{
    public int BatchTokens => SequenceScorer.TokensPerBatch;

    public SequenceScores[] Score(IReadOnlyList<int[]> sequences, Action<int> finished, IReadOnlyList<WantedPositions?> wanted, CancellationToken cancellation)
    {
        finished(sequences.Count);
        return [.. sequences.Select(Score)];
    }

    public void Dispose()
    {
    }

    private SequenceScores Score(int[] ids)
    {
        int[] indices = new int[ids.Length * k];
        float[] logits = new float[ids.Length * k];
        float[] crossEntropies = new float[ids.Length];
        float[] normalizers = new float[ids.Length];
        for (int t = 0; t < ids.Length; t++)
        {
            int next = t + 1 < ids.Length ? ids[t + 1] : 0;
            crossEntropies[t] = t + 1 < ids.Length ? MathF.Log(2) : 0;
            for (int c = 0; c < k; c++)
            {
                indices[(t * k) + c] = (next + c) % vocabulary;
                logits[(t * k) + c] = -(c + 1) * MathF.Log(2);
            }
        }

        return new(crossEntropies, normalizers, indices, logits);
    }
}
