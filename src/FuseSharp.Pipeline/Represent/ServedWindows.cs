using FuseSharp.Evaluation.Endpoints;
using FuseSharp.Evaluation.Evaluate;
using FuseSharp.Models.Scoring;
using FuseSharp.Pipeline.Represent.Served;
using FuseSharp.Tokenizers;

namespace FuseSharp.Pipeline.Represent;

/// <summary>A model behind a server that says what each token of a window cost it: the log-probabilities of the window's own tokens.</summary>
/// <param name="connection">To the server; disposed with this.</param>
/// <param name="session">How it is asked.</param>
/// <param name="name">What messages call the model.</param>
/// <param name="tokenizer">The model's.</param>
/// <param name="requests">Most questions at a time.</param>
internal sealed class ServedWindows(EndpointConnection connection, EndpointSession session, string name, ITokenizer tokenizer, int requests) : IWindowReader
{
    private readonly ServedScorer _scorer = new(session, candidates: 1, topK: 1, tokenizer.Vocabulary.Count, requests);

    /// <inheritdoc/>
    public string Name => name;

    /// <inheritdoc/>
    public ITokenizer Tokenizer => tokenizer;

    /// <summary>Unknown here: the server refuses what is longer, and says so.</summary>
    public int MostTokens => int.MaxValue;

    /// <inheritdoc/>
    public SequenceScores[] Score(IReadOnlyList<int[]> windows, Action<int> finished, CancellationToken cancellation)
        => _scorer.Score(windows, finished, new WantedPositions?[windows.Count], cancellation);

    /// <inheritdoc/>
    public void Dispose()
    {
        _scorer.Dispose();
        connection.Dispose();
    }
}
