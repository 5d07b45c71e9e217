using FuseSharp.Models.Scoring;

namespace FuseSharp.Pipeline.Represent;

/// <summary>A model that says what it expects at the positions of token sequences, wherever it runs.</summary>
internal interface IPieceScorer : IDisposable
{
    /// <summary>Tokens that it runs at a time: what it gets at once should be several times as many, for sequences of about one length to find each other.</summary>
    int BatchTokens { get; }

    /// <summary>Scores all sequences.</summary>
    /// <param name="sequences">Token ids.</param>
    /// <param name="finished">Gets how many more are finished; one call at a time.</param>
    /// <param name="wanted">For each sequence the positions that are scored; null for all.</param>
    /// <param name="cancellation">Ends the work.</param>
    /// <returns>In their order.</returns>
    SequenceScores[] Score(IReadOnlyList<int[]> sequences, Action<int> finished, IReadOnlyList<WantedPositions?> wanted, CancellationToken cancellation);
}
