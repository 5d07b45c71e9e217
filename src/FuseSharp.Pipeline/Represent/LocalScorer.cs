using FuseSharp.Fusion.Align;
using FuseSharp.Models;
using FuseSharp.Models.Scoring;
using FuseSharp.Tokenizers;

namespace FuseSharp.Pipeline.Represent;

/// <summary>A model that runs in this process.</summary>
/// <param name="model">Disposed with this.</param>
/// <param name="tokenizer">Its tokenizer.</param>
/// <param name="target">Onto whose tokens rows are projected; null for the model's own.</param>
/// <param name="options">How many candidates are kept, and which.</param>
internal sealed class LocalScorer(LanguageModel model, ITokenizer tokenizer, ITokenizer? target, RepresentOptions options) : IPieceScorer
{
    private readonly SequenceScorer _scorer = new(model.Network, tokenizer.Vocabulary.Count, options.TopK,
        target is null ? null : new CandidateProjection(VocabularyProjection.ToFirstToken(target, tokenizer).ToArray(), target.Vocabulary.Count),
        options.Keep == KeptCandidates.Sample);

    /// <inheritdoc/>
    public int BatchTokens => _scorer.BatchTokens;

    /// <inheritdoc/>
    public SequenceScores[] Score(IReadOnlyList<int[]> sequences, Action<int> finished, IReadOnlyList<WantedPositions?> wanted, CancellationToken cancellation) => _scorer.Score(sequences, finished, cancellation, wanted);

    /// <inheritdoc/>
    public void Dispose() => model.Dispose();
}
