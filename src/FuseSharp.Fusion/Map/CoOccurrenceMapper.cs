using FuseSharp.Fusion.Records;


namespace FuseSharp.Fusion.Map;

/// <summary>The reference's <c>co_occurrence</c> mapping: among equally similar target tokens the one that is used most like the source token.</summary>
/// <remarks>
/// A token's use is the vector of its co-occurrence counts. Of both vocabularies only tokens that the default map pairs are counted, one column for each
/// target token reached, with the last source token in id order that maps to it. Similarity is cosine; the first best in target id order wins.
/// Tokens that the target has as they are stay mapped to themselves.
/// </remarks>
/// <param name="mapper">Of the two vocabularies.</param>
/// <param name="sourceDocuments">The validation texts as the source reads them.</param>
/// <param name="targetDocuments">The same as the target reads them.</param>
public sealed class CoOccurrenceMapper(VocabularyMapper mapper, IEnumerable<int[]> sourceDocuments, IEnumerable<int[]> targetDocuments)
{
    // Of the reference: keeps the cosine of a token that never came at 0.
    private const double Smallest = 1e-6;

    private readonly CoOccurrence _source = new(sourceDocuments, mapper.Source.Vocabulary.Count);
    private readonly CoOccurrence _target = new(targetDocuments, mapper.Target.Vocabulary.Count);

    /// <summary>Refines the default map.</summary>
    /// <param name="map">The default map of the same two vocabularies.</param>
    /// <param name="threads">Threads that share the work, ≥ 1; the result does not depend on it.</param>
    /// <param name="cancellation">Ends the work between two tokens.</param>
    public VocabularyMap Refine(VocabularyMap map, int threads, CancellationToken cancellation = default)
    {
        int[] sourceOfTarget = new int[mapper.Target.Vocabulary.Count];
        Array.Fill(sourceOfTarget, -1);
        var open = new List<int>();
        for (int x = 0; x < map.Targets.Length; x++)
        {
            sourceOfTarget[map.Targets[x]] = x;
            if (!mapper.IsEqual(x))
            {
                open.Add(x);
            }
        }

        int[] targets = [.. map.Targets];
        mapper.AllNearest(open, map, (x, candidates) => targets[x] = MostAlike(x, candidates, map.Targets, sourceOfTarget), threads, cancellation);
        return map with { Targets = targets };
    }

    private int MostAlike(int source, List<int> candidates, int[] map, int[] sourceOfTarget)
    {
        var use = new Dictionary<int, double>(); // by target token
        foreach (var (near, count) in _source.Of(source) ?? new Dictionary<int, int>())
        {
            if (sourceOfTarget[map[near]] == near)
            {
                use[map[near]] = count;
            }
        }

        double norm = Math.Sqrt(use.Values.Sum(v => v * v));
        int best = candidates[0];
        double bestCosine = double.NegativeInfinity;
        foreach (int candidate in candidates)
        {
            double cosine = Cosine(use, norm, candidate, sourceOfTarget);
            if (cosine > bestCosine)
            {
                (best, bestCosine) = (candidate, cosine);
            }
        }

        return best;
    }

    private double Cosine(Dictionary<int, double> use, double norm, int candidate, int[] sourceOfTarget)
    {
        double dot = 0;
        double squares = 0;
        foreach (var (near, count) in _target.Of(candidate) ?? new Dictionary<int, int>())
        {
            if (sourceOfTarget[near] >= 0)
            {
                squares += (double)count * count;
                dot += count * use.GetValueOrDefault(near);
            }
        }

        return dot / ((norm * Math.Sqrt(squares)) + Smallest);
    }
}
