using System.Text;
using FuseSharp.Torch.Scoring;

namespace FuseSharp.Torch.Evaluate;

/// <summary>How many bits a model needs for a byte of text: Σ −log₂ p / UTF-8 bytes, comparable across tokenizers.</summary>
/// <remarks>
/// Every token of a text counts, the first one predicted from the token that starts a text (the end-of-text token where the tokenizer adds no other).
/// Texts longer than the window are read in windows that overlap by half, so that a token has at least half a window before it.
/// </remarks>
/// <param name="model">Disposed with this.</param>
/// <param name="window">Longest sequence that is read at once, tokens; at most the model's context.</param>
public sealed class BitsPerByte(LanguageModel model, int window) : ITextMeasure
{
    /// <inheritdoc/>
    public BitsPerByteResult Measure(IReadOnlyList<string> texts, Action<int>? finished, CancellationToken cancellation)
    {
        int[] start = LikelihoodRequest.Start(model, isNeeded: true);
        var windows = new List<int[]>();
        var firstScored = new List<int>();
        var owner = new List<int>();
        for (int i = 0; i < texts.Count; i++)
        {
            int[] ids = [.. start, .. model.Tokenizer.Encode(texts[i]).Ids];
            foreach (var (from, endExclusive, scored) in TextWindows.Of(ids.Length, Math.Min(window, model.Network.Config.ContextLength)))
            {
                windows.Add(ids[from..endExclusive]);
                firstScored.Add(scored - from);
                owner.Add(i);
            }
        }

        var scores = new SequenceScorer(model.Network, model.Tokenizer.Vocabulary.Count, k: 0).Score(windows, finished, cancellation);
        double[] nats = new double[texts.Count];
        long tokens = 0;
        for (int w = 0; w < windows.Count; w++)
        {
            for (int t = firstScored[w]; t + 1 < windows[w].Length; t++)
            {
                nats[owner[w]] += scores[w].CrossEntropies[t];
                tokens++;
            }
        }

        return BitsPerByteResult.Of(nats, [.. texts.Select(t => (double)Encoding.UTF8.GetByteCount(t))], tokens);
    }

    /// <inheritdoc/>
    public void Dispose() => model.Dispose();
}
