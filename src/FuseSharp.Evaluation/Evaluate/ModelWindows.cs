using FuseSharp.Models;
using FuseSharp.Models.Scoring;
using FuseSharp.Tokenizers;

namespace FuseSharp.Evaluation.Evaluate;

/// <summary>A model that runs here.</summary>
/// <param name="model">Disposed with this.</param>
internal sealed class ModelWindows(LanguageModel model) : IWindowReader
{
    /// <inheritdoc/>
    public string Name => model.Name;

    /// <inheritdoc/>
    public ITokenizer Tokenizer => model.Tokenizer;

    /// <inheritdoc/>
    public int MostTokens => model.Network.Config.ContextLength;

    /// <inheritdoc/>
    public SequenceScores[] Score(IReadOnlyList<int[]> windows, Action<int> finished, CancellationToken cancellation)
        => new SequenceScorer(model.Network, model.Tokenizer.Vocabulary.Count, k: 0).Score(windows, finished, cancellation);

    /// <inheritdoc/>
    public void Dispose() => model.Dispose();
}
