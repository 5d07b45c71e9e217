using FuseSharp.Models.Scoring;
using FuseSharp.Tokenizers;

namespace FuseSharp.Evaluation.Evaluate;

/// <summary>A model that says what each token of a window cost it, wherever it runs.</summary>
public interface IWindowReader : IDisposable
{
    /// <summary>What messages call the model.</summary>
    string Name { get; }

    /// <summary>The model's.</summary>
    ITokenizer Tokenizer { get; }

    /// <summary>Longest window that the model reads, tokens.</summary>
    int MostTokens { get; }

    /// <summary>Reads windows.</summary>
    /// <param name="windows">Token ids, at least two each.</param>
    /// <param name="finished">Gets how many more are read; one call at a time.</param>
    /// <param name="cancellation">Ends the work.</param>
    /// <returns>In their order; cross-entropies alone are needed.</returns>
    SequenceScores[] Score(IReadOnlyList<int[]> windows, Action<int> finished, CancellationToken cancellation);
}
