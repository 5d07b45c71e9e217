using FuseSharp.Fusion.Align;
using FuseSharp.Models;
using FuseSharp.Models.Scoring;
using FuseSharp.Tokenizers;

namespace FuseSharp.Pipeline.Represent;

/// <summary>A model that runs in this process.</summary>
/// <param name="model">Disposed with this.</param>
/// <param name="tokenizer">Its tokenizer.</param>
/// <param name="target">Onto whose tokens rows are projected; null for the model's own.</param>
/// <param name="topK">Candidates of a row.</param>
internal sealed class LocalScorer(LanguageModel model, ITokenizer tokenizer, ITokenizer? target, int topK) : IPieceScorer
{
    private readonly SequenceScorer _scorer = new(model.Network, tokenizer.Vocabulary.Count, topK,
        target is null ? null : new CandidateProjection(VocabularyProjection.ToFirstToken(target, tokenizer).ToArray(), target.Vocabulary.Count));

    /// <inheritdoc/>
    public int BatchTokens => _scorer.BatchTokens;

    /// <inheritdoc/>
    public SequenceScores[] Score(IReadOnlyList<int[]> sequences, Action<int> finished, IReadOnlyList<WantedPositions?> wanted, CancellationToken cancellation) => _scorer.Score(sequences, finished, cancellation, wanted);

    /// <inheritdoc/>
    public void Dispose() => model.Dispose();
}
