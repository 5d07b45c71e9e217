using System.Runtime.InteropServices;
using System.Text;
using FuseSharp.Errors;
using FuseSharp.Tokenizers;

namespace FuseSharp.Models.Generate;

/// <summary>One continuation while it is written, and when it is done.</summary>
/// <remarks>Not for use by several threads.</remarks>
public sealed class Generation
{
    private readonly ITokenizer _tokenizer;
    private readonly Sampler _sampler;
    private readonly StreamedText _streamed;
    private readonly IReadOnlyList<int> _endIds;
    private readonly StringBuilder _text = new();
    private readonly List<byte> _bytes = [];
    private readonly List<GeneratedToken> _tokens = [];
    private readonly HashSet<int> _present;
    private readonly Dictionary<int, int> _written = [];
    private readonly int _mostTokens;
    private readonly int? _topLogprobs;
    private readonly Func<NotFiniteException> _notFinite;
    private int _taken; // characters given out by TakeNewText

    /// <summary>A continuation of a prompt, of which nothing is written yet.</summary>
    /// <param name="model">What writes it.</param>
    /// <param name="prompt">Token ids, at least one; see <see cref="LanguageModel.PromptIds"/>.</param>
    /// <param name="options">How; its prompt is not read.</param>
    /// <param name="topLogprobs">How many most likely tokens to name at each place, 0 for the written one's log-probability alone; null for none.</param>
    /// <exception cref="ModelException">The prompt leaves no room in the model's context.</exception>
    public Generation(LanguageModel model, int[] prompt, GenerateOptions options, int? topLogprobs = null)
    {
        ArgumentOutOfRangeException.ThrowIfZero(prompt.Length);
        int context = model.Network.Config.ContextLength;
        _mostTokens = Math.Min(options.MaxTokens, context - prompt.Length);
        if (_mostTokens < 1)
        {
            throw new ModelException(FormattableString.Invariant($"A prompt of {prompt.Length:N0} tokens leaves no room in the context of {model.Name}, {context:N0} tokens. Shorten it."));
        }

        Prompt = prompt;
        _notFinite = () => model.NotFinite("the next token");
        _tokenizer = model.Tokenizer;
        _endIds = model.Network.Config.EndIds;
        _sampler = new Sampler(options);
        _streamed = new StreamedText([.. options.Stop.Where(s => s.Length > 0)]);
        _present = [.. prompt];
        _topLogprobs = topLogprobs;
    }

    /// <summary>The prompt's token ids.</summary>
    public IReadOnlyList<int> Prompt { get; }

    /// <summary>What was written, an end-of-text token included.</summary>
    public IReadOnlyList<GeneratedToken> Tokens => _tokens;

    /// <summary>The text so far, as far as it is certain.</summary>
    public string Text => _text.ToString();

    /// <summary>UTF-8 of all that was written; a character may be cut at its end.</summary>
    public ReadOnlySpan<byte> Bytes => CollectionsMarshal.AsSpan(_bytes);

    /// <summary>Why it ended; null while it goes on.</summary>
    public FinishReason? Finish { get; private set; }

    /// <summary>What ended it before its time: the model gave no numbers. Null where nothing did.</summary>
    public NotFiniteException? Error { get; private set; }

    /// <summary>Whether nothing more will be written.</summary>
    public bool HasEnded => Finish is not null || Error is not null;

    /// <exception cref="NotFiniteException">It has a <see cref="Error"/>.</exception>
    public void ThrowIfFailed()
    {
        if (Error is not null)
        {
            throw Error;
        }
    }

    /// <summary>The text that became certain since the last call.</summary>
    public string TakeNewText()
    {
        string added = _text.ToString(_taken, _text.Length - _taken);
        _taken = _text.Length;
        return added;
    }

    /// <summary>Writes the next token.</summary>
    /// <param name="logits">[head's rows]; changed.</param>
    /// <remarks>Logits that are no numbers end this continuation and no other: see <see cref="Error"/>.</remarks>
    public void Write(Span<float> logits)
    {
        try
        {
            WriteNext(logits);
        }
        catch (NotFiniteException)
        {
            Error = _notFinite();
        }
    }

    /// <summary>Whether <see cref="WriteLargest"/> writes what <see cref="Write"/> would.</summary>
    internal bool TakesLargest => _topLogprobs is null && _sampler.TakesLargest;

    /// <summary>Writes the most likely token, where all logits need not be known.</summary>
    /// <param name="id">One of the tokenizer's, of the largest logit.</param>
    /// <param name="logit">Of that token; no number ends this continuation, as in <see cref="Write"/>.</param>
    internal void WriteLargest(int id, double logit)
    {
        if (double.IsFinite(logit))
        {
            Append(id, double.NaN, []);
        }
        else
        {
            Error = _notFinite();
        }
    }

    private void WriteNext(Span<float> logits)
    {
        // A head may have more rows than the tokenizer has tokens. They count in log-probabilities, as where a text is scored and in transformers; the draw does not see them.
        var drawn = logits[..Math.Min(logits.Length, _tokenizer.Vocabulary.Count)];
        var (normalizer, top) = _topLogprobs is { } count ? LogProbabilities.Top(logits, drawn.Length, count) : (double.NaN, []);
        float[] before = _topLogprobs is null ? [] : drawn.ToArray();
        int id = _sampler.Next(drawn, _present, _written);
        Append(id, before.Length > 0 ? before[id] - normalizer : double.NaN, top);
    }

    private void Append(int id, double logProbability, IReadOnlyList<TokenLogProbability> top)
    {
        _tokens.Add(new GeneratedToken(id, logProbability, top));
        if (id == _tokenizer.EndOfTextId || _endIds.Contains(id))
        {
            End(FinishReason.EndOfText);
            return;
        }

        _present.Add(id);
        _written[id] = _written.GetValueOrDefault(id) + 1;
        var bytes = BytesOf(id);
        _bytes.AddRange(bytes);
        _text.Append(_streamed.Append(bytes));
        if (_streamed.HasStopped)
        {
            Finish = FinishReason.Stop;
        }
        else if (_tokens.Count == _mostTokens)
        {
            End(FinishReason.Length);
        }
    }

    private void End(FinishReason reason)
    {
        _text.Append(_streamed.End());
        Finish = _streamed.HasStopped ? FinishReason.Stop : reason;
    }

    // SentencePiece marks the start of a text with a space that is not part of it.
    private ReadOnlySpan<byte> BytesOf(int id)
    {
        var bytes = _tokenizer.TextOf(id).Span;
        bool startsText = _tokens.Count == 1 && Prompt.All(_tokenizer.IsSpecial);
        return startsText && bytes is [(byte)' ', ..] && !_tokenizer.Decode([id]).StartsWith(' ') ? bytes[1..] : bytes;
    }
}
