using System.Collections.Concurrent;
using FuseSharp.Fusion.Records;
using FuseSharp.Tokenizers;

namespace FuseSharp.Fusion.Align;

/// <summary>The alignment of the FuseLLM paper (MinED): tokens warped onto each other by edit distance, distributions carried where the tokens agree.</summary>
/// <remarks>
/// A target position with exactly one source position on the path whose tokens agree gets that position's candidates, any other a one-hot row.
/// <code>
/// target    ▁The   ▁un        believ     able
/// source    ĠThe   Ġunbeliev  Ġunbeliev  able
/// reference carried  one-hot ▁un  one-hot believ  carried
/// default   carried  one-hot believ  one-hot able  –
/// </code>
/// Differs from FuseLLM in the <c>default</c> setting: the one-hot row names the token that follows, where theirs names the one just read; candidates that map to
/// one token add their probabilities, where theirs keeps the first; the last position, which nothing follows, has no row; rows hold true log-probabilities.
/// </remarks>
public sealed class MinEditAligner : IDocumentAligner
{
    // Of the reference: what a one-hot row's only logit is.
    private const float OneHotLogit = 1;

    private readonly ITokenizer _target;
    private readonly ITokenizer _source;
    private readonly bool _asReference;
    private readonly TokenAgreement _agreement;
    private readonly int[] _carriedTo;
    private readonly TokenSpellings _spellings;
    private readonly ConcurrentBag<DtwAligner> _warpers = [];

    /// <summary>Prepares the alignment of one pair of models.</summary>
    /// <param name="target">The target's tokenizer.</param>
    /// <param name="source">The source's tokenizer.</param>
    /// <param name="map">The vocabulary map for <c>soft</c>; null for <c>hard</c>, which carries only tokens that the target has as they are.</param>
    /// <param name="settings">Whether the reference's numbers are wanted or mended ones.</param>
    public MinEditAligner(ITokenizer target, ITokenizer source, VocabularyMap? map, MethodSettings settings)
    {
        (_target, _source) = (target, source);
        _asReference = settings == MethodSettings.Reference;
        _agreement = new TokenAgreement(target, source, map);
        _carriedTo = map?.Targets ?? _agreement.EqualTargets;
        _spellings = new TokenSpellings(target, source);
    }

    /// <inheritdoc/>
    public TokenAlignment Links(Representation target, Representation source)
    {
        InputCheck.Pair(target, _target, source, _source, _carriedTo.Length);
        var warper = _warpers.TryTake(out var free) ? free : new DtwAligner(_spellings);
        var links = warper.Warp(source.Ids, target.Ids).Links;
        _warpers.Add(warper);
        return links;
    }

    /// <inheritdoc/>
    public AlignedDocument Align(Representation target, Representation source)
    {
        var links = Links(target, source);
        int positions = target.Ids.Length;
        using var rows = new DistributionBuilder(positions, source.Logits.K, _target.Vocabulary.Count);
        var coverage = new AlignmentCoverage(positions - 1, 0, 0, 0, 0);
        float[] crossEntropies = new float[positions];
        for (int i = 0; i < positions; i++)
        {
            bool isPredicting = i + 1 < positions;
            if (isPredicting || _asReference)
            {
                int j = links.SingleSource(i);
                bool agree = j >= 0 && _agreement.Of(target.Ids[i], source.Ids[j], isFirst: i == 0);
                var part = agree ? Carry(source.Logits, j, rows) : NameOne(target.Ids, i, rows);
                coverage += isPredicting ? part : default;
            }

            rows.EndRow();
            crossEntropies[i] = isPredicting ? Mean(source.CrossEntropies, links.First[i], links.Last[i]) : 0;
        }

        return new(target.Id, rows.Build(_asReference ? ScoreUnit.Logit : ScoreUnit.LogProbability), crossEntropies, coverage);
    }

    private AlignmentCoverage NameOne(int[] ids, int position, DistributionBuilder rows)
    {
        if (_asReference)
        {
            rows.AddFirstLogit(ids[position], OneHotLogit);
        }
        else
        {
            rows.AddMass(ids[position + 1], 1);
        }

        return new(0, 0, 1, 0, 0);
    }

    private AlignmentCoverage Carry(TopKLogits logits, int position, DistributionBuilder rows)
    {
        double stored = 0;
        double arrived = 0;
        bool isCovered = false;
        for (int c = position * logits.K; c < (position + 1) * logits.K && logits.Indices[c] >= 0; c++)
        {
            double probability = Math.Exp((double)(float)logits.Logits[c] - logits.LogNormalizers[position]);
            stored += probability;
            int id = _carriedTo[logits.Indices[c]];
            if (id < 0)
            {
                continue;
            }

            isCovered = true;
            if (!_asReference)
            {
                rows.AddMass(id, probability);
                arrived += probability;
            }
            else if (rows.AddFirstLogit(id, (float)logits.Logits[c]))
            {
                arrived += probability;
            }
        }

        return new(0, isCovered ? 1 : 0, 0, Math.Min(stored, 1), Math.Min(arrived, 1));
    }

    private static float Mean(float[] values, int first, int last)
    {
        double sum = 0;
        for (int t = first; t <= last; t++)
        {
            sum += values[t];
        }

        return (float)(sum / (last - first + 1));
    }
}
