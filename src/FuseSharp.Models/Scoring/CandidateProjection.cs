namespace FuseSharp.Models.Scoring;

/// <summary>Which candidate each of a model's tokens counts for: probabilities are summed over the whole vocabulary by candidate before the largest are kept.</summary>
/// <remarks>
/// The other way round, tokens that were cut take their probability with them, and a candidate that many tokens count for gets only the part of it that lay with the largest.
/// <code>
/// tokens       un 0.2   unable 0.1   under 0.1   the 0.3   &lt;pad&gt; 0.3
/// candidate    un       un           un          the       −1
/// sums         un 0.4   the 0.3
/// </code>
/// </remarks>
/// <param name="Targets">[tokens]: the candidate of each; −1 where its probability goes to none, as it does of tokens behind the last.</param>
/// <param name="Count">Candidates.</param>
public sealed record CandidateProjection(int[] Targets, int Count)
{
    /// <summary>A place for every column of a row of logits: its candidate, or <see cref="Count"/>, behind the last candidate, for none.</summary>
    /// <param name="width">Columns: the vocabulary's tokens, and those that exist only in the embedding.</param>
    internal int[] PlacesOf(int width)
    {
        int[] places = new int[width];
        for (int token = 0; token < width; token++)
        {
            places[token] = token < Targets.Length && Targets[token] >= 0 ? Targets[token] : Count;
        }

        return places;
    }
}
