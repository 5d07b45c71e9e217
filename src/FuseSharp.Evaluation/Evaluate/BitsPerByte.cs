using FuseSharp.Fusion.Records;
using FuseSharp.Models;
using FuseSharp.Models.Scoring;
using FuseSharp.Storage.Ranks;

namespace FuseSharp.Evaluation.Evaluate;

/// <summary>How many bits a model needs for a byte of text: Σ −log₂ p / UTF-8 bytes, comparable across tokenizers.</summary>
/// <remarks>
/// Every token of a text counts, the first one predicted from the token that starts a text (the end-of-text token where the tokenizer adds no other).
/// Texts longer than the window are read in windows that overlap by half, so that a token has at least half a window before it.
/// Of a conversation, read in the model's template, what is learned of it counts: as a rule the answers, and the tokens that end them.
/// </remarks>
/// <param name="reader">The model; disposed with this.</param>
/// <param name="window">Longest sequence that is read at once, tokens; at most the model's context.</param>
/// <param name="ranks">Who reads, each every n-th text; all measure the same texts and get the same result. Null for this process alone.</param>
/// <param name="encoder">How the model reads conversations; needed only where there are some.</param>
public sealed class BitsPerByte(IWindowReader reader, int window, IProcessGroup? ranks = null, PieceEncoder? encoder = null) : ITextMeasure
{
    private readonly IProcessGroup _ranks = ranks ?? SingleProcess.Instance;

    /// <summary>Of a model that runs here.</summary>
    /// <param name="model">Disposed with this.</param>
    /// <param name="window">Longest sequence that is read at once, tokens; at most the model's context.</param>
    /// <param name="ranks">Who reads, each every n-th text; all measure the same texts and get the same result. Null for this process alone.</param>
    /// <param name="encoder">How the model reads conversations; needed only where there are some.</param>
    public BitsPerByte(LanguageModel model, int window, IProcessGroup? ranks = null, PieceEncoder? encoder = null)
        : this(new ModelWindows(model), window, ranks, encoder)
    {
    }

    /// <inheritdoc/>
    public BitsPerByteResult Measure(IReadOnlyList<MeasuredText> texts, Action<long>? finished, CancellationToken cancellation)
    {
        int[] start = texts.Any(t => t.Conversation is null) ? LanguageModel.StartIds(reader.Tokenizer, reader.Name, isNeeded: true) : [];
        var learned = new Dictionary<int, LearnedTokens>(); // of conversations
        var windows = new List<int[]>();
        var firstScored = new List<int>();
        var owner = new List<int>();
        var starts = new List<int>();
        for (int i = _ranks.Rank; i < texts.Count; i += _ranks.Count)
        {
            int[] ids;
            if (texts[i].Conversation is { } conversation)
            {
                var encoded = (encoder ?? new PieceEncoder(reader.Tokenizer, null)).Encode(conversation);
                ids = encoded.Ids;
                learned[i] = encoded.Learned!;
            }
            else
            {
                ids = [.. start, .. reader.Tokenizer.Encode(texts[i].Text).Ids];
            }

            foreach (var (from, endExclusive, scored) in TextWindows.Cut(ids.Length, Math.Min(window, reader.MostTokens)))
            {
                windows.Add(ids[from..endExclusive]);
                firstScored.Add(scored - from);
                owner.Add(i);
                starts.Add(from);
            }
        }

        // Windows overlap and ranks read the others' texts: bytes that are told are the share of own windows, of all texts.
        long bytes = texts.Sum(t => t.Bytes);
        (long told, int read) = (0L, 0);
        void Tell(int more)
        {
            read += more;
            long now = bytes * read / windows.Count;
            finished?.Invoke(now - told);
            told = now;
        }

        var scores = reader.Score(windows, Tell, cancellation);
        double[] sums = new double[texts.Count + 1]; // nats of each text, then tokens of all
        for (int w = 0; w < windows.Count; w++)
        {
            if (!scores[w].AreFinite)
            {
                throw LanguageModel.NotFinite(reader.Name, $"text {owner[w]}");
            }

            var counts = learned.GetValueOrDefault(owner[w]);
            for (int t = firstScored[w]; t + 1 < windows[w].Length; t++)
            {
                if (counts?[starts[w] + t + 1] == false)
                {
                    continue;
                }

                sums[owner[w]] += scores[w].CrossEntropies[t];
                sums[^1]++;
            }
        }

        _ranks.Sum(sums);
        return BitsPerByteResult.From(TextCosts.Sum(texts, sums[..^1]), (long)sums[^1]);
    }

    /// <inheritdoc/>
    public void Dispose() => reader.Dispose();
}
