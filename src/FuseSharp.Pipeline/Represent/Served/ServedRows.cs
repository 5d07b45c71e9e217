using FuseSharp.Models.Scoring;

namespace FuseSharp.Pipeline.Represent.Served;

/// <summary>Turns what a server says of a prompt into rows, as a model that runs here gives them: log-probabilities in the place of logits, normalizers 0.</summary>
/// <remarks>
/// A server speaks of token t, a row of what follows position t − 1. The last position has no row: nothing follows it, and no alignment reads it.
/// <code>
/// server   –    lp(un)  lp(able)        about tokens 0, 1, 2
/// rows     un   able    –               of positions 0, 1, 2
/// </code>
/// </remarks>
internal static class ServedRows
{
    // A server may show the embedding's padding behind the vocabulary; what lies further is no token of this model.
    private const int MostPadding = 4096;

    // The sum of probabilities, rounded to float32 or written with few digits, may come out above 1.
    private const double Rounding = 0.01;

    /// <summary>The rows.</summary>
    /// <param name="answer">Of the server.</param>
    /// <param name="candidates">How many of its likeliest tokens it names.</param>
    /// <param name="topK">Candidates of a row; further places stay empty.</param>
    /// <param name="vocabulary">Tokens of the model.</param>
    /// <param name="wanted">Which positions; null for all.</param>
    /// <exception cref="AnswerException">They are no probabilities, or of other tokens.</exception>
    public static SequenceScores Create(PromptAnswer answer, int candidates, int topK, int vocabulary, WantedPositions? wanted)
    {
        int tokens = answer.LogProbabilities.Length;
        var scores = Empty(tokens, topK);
        for (int t = 1; t < tokens; t++)
        {
            if (wanted?.Are[t - 1] == false)
            {
                continue;
            }

            scores.CrossEntropies[t - 1] = (float)-answer.LogProbabilities[t];
            int place = (t - 1) * topK;
            foreach (var (id, logProbability) in Largest(answer.Candidates[t], t, Math.Min(candidates, topK), vocabulary))
            {
                (scores.Indices[place], scores.Logits[place]) = (id, (float)logProbability);
                place++;
            }
        }

        return scores;
    }

    /// <summary>No row at all.</summary>
    /// <param name="tokens">How many positions.</param>
    /// <param name="topK">Candidates of a row.</param>
    public static SequenceScores Empty(int tokens, int topK)
    {
        var scores = new SequenceScores(new float[tokens], new float[tokens], new int[tokens * topK], new float[tokens * topK]);
        scores.Indices.AsSpan().Fill(-1);
        return scores;
    }

    // Largest first, equal ones in id order: so the rows are the same whatever order the server names them in.
    private static IEnumerable<(int Id, double LogProbability)> Largest((int Id, double LogProbability)[] named, int token, int count, int vocabulary)
    {
        double sum = 0;
        var seen = new HashSet<int>();
        foreach (var (id, logProbability) in named)
        {
            sum += Math.Exp(logProbability);
            if (id >= vocabulary + MostPadding || !seen.Add(id))
            {
                throw new AnswerException(FormattableString.Invariant($"the candidates of token {token} {(seen.Contains(id) ? $"name id {id} twice" : $"hold id {id}, expected ids of a vocabulary of {vocabulary} tokens")}"));
            }
        }

        return sum <= 1 + Rounding ? named.Where(c => c.Id < vocabulary).OrderByDescending(c => c.LogProbability).ThenBy(c => c.Id).Take(count)
            : throw new AnswerException(FormattableString.Invariant($"the probabilities of the candidates of token {token} add up to {sum:F3}, expected at most 1"));
    }
}
