using FuseSharp.Fusion.Records;
using FuseSharp.Tokenizers;


namespace FuseSharp.Fusion.Align;

/// <summary>Takes a source's distribution wherever both models have read exactly the same bytes of a text.</summary>
/// <remarks>
/// A distribution is about the token that follows. Two of them speak of the same event exactly where both tokens end at the same byte, however the
/// tokens before that byte look (see docs/decisions/0003-boundary-alignment.md). Linear in the tokens; safe to use from several threads.
/// <code>
/// target   The | un | believ | able | &lt;/s&gt;      ends 3, 6, 12, 16, 16
/// source   The | unbeliev | able  | &lt;eos&gt;      ends 3,    12, 16, 16
/// row       0            1    2      –            the source position whose distribution each target position gets
/// </code>
/// Conversations are read by each model in its own template. Their bytes are those of the answers, each with one more for its end, and only what is learned has a row
/// (docs/decisions/0097-the-clock-of-conversations.md).
/// </remarks>
public sealed class BoundaryAligner : IDocumentAligner
{
    private readonly ITokenizer _target;
    private readonly ITokenizer _source;
    private readonly VocabularyProjection _projection;
    private readonly ConversationProjection? _conversations;

    /// <summary>Prepares the alignment of one pair of models.</summary>
    /// <param name="target">The target's tokenizer.</param>
    /// <param name="source">The source's tokenizer.</param>
    /// <param name="projection">Where a source token's probability goes; by default to the first token of the target's own tokenization of its text.</param>
    /// <param name="conversations">The same for conversations; null where the texts hold none, or where rows are projected already.</param>
    public BoundaryAligner(ITokenizer target, ITokenizer source, VocabularyProjection? projection = null, ConversationProjection? conversations = null)
    {
        _conversations = conversations;
        _target = target;
        _source = source;
        _projection = projection ?? VocabularyProjection.ToFirstToken(target, source);
    }

    /// <inheritdoc/>
    /// <returns>Rows of true log-probabilities, largest first, equal ones in id order; empty where no boundary is shared, where nothing has a counterpart and at the last position.</returns>
    public AlignedDocument Align(Representation target, Representation source)
    {
        InputCheck.Pair(target, _target, source, _source, _projection.SourceTokens);
        int[] taken = SourcePositions(target, source);
        var (targetText, sourceText) = (target.Tokens, source.Tokens);
        using var rows = new DistributionBuilder(taken.Length, source.Logits.K, _target.Vocabulary.Count);
        var coverage = new AlignmentCoverage(target.Predicted, 0, 0, 0, 0);
        for (int t = 0; t < taken.Length; t++)
        {
            double stored = taken[t] < 0 ? 0 : Carry(source.Logits, taken[t], ProjectionAt(targetText, t, sourceText, taken[t]), rows);
            double arrived = rows.EndRow();
            coverage += new AlignmentCoverage(0, arrived > 0 ? 1 : 0, 0, Math.Min(stored, 1), arrived);
        }

        return new(target.Id, rows.Build(ScoreUnit.LogProbability), ResampledCrossEntropy.Compute(target.EndsExclusive, source), coverage);
    }

    /// <inheritdoc/>
    public TokenAlignment Links(Representation target, Representation source)
    {
        InputCheck.Pair(target, _target, source, _source, _projection.SourceTokens);
        int[] positions = SourcePositions(target, source);
        return new(positions, Array.ConvertAll(positions, p => p < 0 ? -2 : p));
    }

    /// <summary>For each target position the source position that ends at the same byte.</summary>
    /// <param name="target">The document as the target reads it.</param>
    /// <param name="source">The same document as the source reads it.</param>
    /// <returns>[target positions]; −1 where no source token ends there, and at the last position, which nothing follows. Rising where not −1.</returns>
    public int[] SourcePositions(Representation target, Representation source)
    {
        if (target.Learned is not null)
        {
            return ConversationProjection.SourcePositions(target.Tokens, source.Tokens);
        }

        int[] positions = new int[target.Ids.Length];
        Array.Fill(positions, -1);
        // The end-of-text token ends where the text's last token ends but has read more; nothing follows it, so neither side needs it.
        int sourceCount = source.Ids.Length - (InputCheck.EndsText(source, _source) ? 1 : 0);
        int targetCount = target.Ids.Length - (InputCheck.EndsText(target, _target) ? 1 : 0);
        int j = 0;
        for (int i = 0; i < targetCount; i++)
        {
            int end = target.EndsExclusive[i];
            // Of several tokens that end at one byte (a prefix space before its word), the last one has read what the others are still to read.
            if (i == positions.Length - 1 || (i + 1 < targetCount && target.EndsExclusive[i + 1] == end))
            {
                continue;
            }

            while (j < sourceCount && source.EndsExclusive[j] <= end)
            {
                j++;
            }

            if (j > 0 && source.EndsExclusive[j - 1] == end)
            {
                positions[i] = j - 1;
            }
        }

        return positions;
    }

    private VocabularyProjection ProjectionAt(EncodedPiece target, int targetPosition, EncodedPiece source, int sourcePosition)
        => target.Learned is null || _conversations is null ? _projection : _conversations.At(target, targetPosition, source, sourcePosition);

    private static double Carry(TopKLogits logits, int position, VocabularyProjection projection, DistributionBuilder row)
    {
        double stored = 0;
        for (int c = position * logits.K; c < (position + 1) * logits.K && logits.Indices[c] >= 0; c++)
        {
            double probability = Math.Exp((double)(float)logits.Logits[c] - logits.LogNormalizers[position]);
            stored += probability;
            if (projection.TargetOf(logits.Indices[c]) is >= 0 and var token)
            {
                row.AddMass(token, probability);
            }
        }

        return stored;
    }
}
