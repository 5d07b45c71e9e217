using FuseSharp.Tokenizers;


namespace FuseSharp.Testing.Oracles;

/// <summary>An ensemble's distributions by their definition: position by position, token by token, in dictionaries (decision 0070).</summary>
public static class EnsembleOracle
{
    /// <summary>The mixed distribution at every position of the target's tokens but the last.</summary>
    /// <param name="target">Tokenizer of the target.</param>
    /// <param name="text">As the target reads it, with the token that starts a text.</param>
    /// <param name="distributions">[positions][vocabulary] of the target.</param>
    /// <param name="sources">Likewise of each source, with its weight.</param>
    /// <param name="weight">Of the target.</param>
    public static double[][] Mix(
        ITokenizer target, TokenizedText text, double[][] distributions, double weight,
        IReadOnlyList<(ITokenizer Tokenizer, TokenizedText Text, double[][] Distributions, double Weight)> sources)
    {
        double[][] mixed = new double[distributions.Length - 1][];
        for (int i = 0; i < mixed.Length; i++)
        {
            mixed[i] = MixOne(target, distributions[i], weight, [.. from s in sources let j = LastThatEndsWith(text, i, s.Text) where j is not null select (s.Tokenizer, s.Distributions[j.Value], s.Weight)]);
        }

        return mixed;
    }

    /// <summary>The mixed distribution at one position.</summary>
    /// <param name="target">Tokenizer of the target.</param>
    /// <param name="own">[vocabulary] of the target.</param>
    /// <param name="weight">Of the target.</param>
    /// <param name="sources">The distributions of those that have read the same bytes.</param>
    public static double[] MixOne(ITokenizer target, double[] own, double weight, IReadOnlyList<(ITokenizer Tokenizer, double[] Distribution, double Weight)> sources)
    {
        double[] mixed = [.. own.Select(p => weight * p)];
        foreach (var source in sources)
        {
            Add(mixed, target, own, source.Tokenizer, source.Distribution, source.Weight);
        }

        return [.. mixed.Select(p => p / (weight + sources.Sum(s => s.Weight)))];
    }

    // Both have read the same bytes, and the token that follows on the target's side has bytes of its own.
    private static int? LastThatEndsWith(TokenizedText target, int i, TokenizedText source)
    {
        int end = target.EndsExclusive[i];
        return target.EndsExclusive[i + 1] == end || !source.EndsExclusive.Contains(end) ? null : Array.LastIndexOf(source.EndsExclusive, end);
    }

    private static void Add(double[] mixed, ITokenizer target, double[] own, ITokenizer source, double[] distribution, double weight)
    {
        for (int id = 0; id < distribution.Length; id++)
        {
            int to = Counterpart(target, source, id, mixed.Length);
            for (int v = 0; v < own.Length && to < 0; v++)
            {
                mixed[v] += weight * distribution[id] * own[v]; // what cannot be carried is left to the target
            }

            if (to >= 0)
            {
                mixed[to] += weight * distribution[id];
            }
        }
    }

    private static int Counterpart(ITokenizer target, ITokenizer source, int id, int vocabulary)
        => target.Fingerprint == source.Fingerprint ? (id < vocabulary ? id : -1)
            : id >= source.Vocabulary.Count ? -1
            : id == source.EndOfTextId ? target.EndOfTextId ?? -1
            : id == source.BeginningOfTextId && target.BeginningOfTextId != target.EndOfTextId ? target.BeginningOfTextId ?? -1
            : source.IsSpecial(id) || source.TextOf(id).IsEmpty ? -1
            : target.EncodeContinuation(source.TextOf(id).Span) is [var first, ..] ? first : -1;
}
