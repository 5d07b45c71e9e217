using System.Text;
using FuseSharp.Models.Generate;
using FuseSharp.Models.Scoring;
using FuseSharp.Serve.Jobs;
using FuseSharp.Tokenizers;

namespace FuseSharp.Serve.Protocol;

/// <summary>The text of one continuation with its log-probabilities, as it grows.</summary>
/// <param name="tokenizer">Of the model.</param>
/// <param name="topLogprobs">Most likely tokens to name at each place; null for no log-probabilities.</param>
/// <param name="namesIds">Whether tokens are named by their ids.</param>
internal sealed class CompletionText(ITokenizer tokenizer, int? topLogprobs, bool namesIds = false)
{
    // Two ways to the same log-probability differ by the rounding of float32.
    private const double SameNumber = 1e-4;

    private readonly StringBuilder _text = new();
    private readonly TokensReply _all = new([], [], [], []);
    private FinishReason? _finish;
    private readonly TextOffsets _offsets = new(tokenizer);

    /// <summary>Puts the prompt before the text.</summary>
    /// <param name="index">Of the choice.</param>
    /// <param name="prompt">Token ids.</param>
    /// <param name="scores">Of the prompt; null for no log-probabilities.</param>
    public CompletionChoice Echo(int index, int[] prompt, SequenceScores? scores)
    {
        var tokens = new TokensReply([], [], [], []);
        for (int t = 0; scores is not null && t < prompt.Length; t++)
        {
            var before = t == 0 ? null : TopTokensAt(scores, t - 1, prompt.Length);
            Add(tokens, prompt[t], t == 0 ? null : -scores.CrossEntropies[t - 1], before);
        }

        string text = tokenizer.Decode(prompt);
        _text.Append(text);
        return new CompletionChoice(index, text, Told(tokens), null);
    }

    /// <summary>Takes what is new.</summary>
    public CompletionChoice Continue(GenerationEvent news)
    {
        var tokens = new TokensReply([], [], [], []);
        foreach (var token in news.Tokens)
        {
            Add(tokens, token.Id, token.LogProbability, topLogprobs is null ? null : [.. token.TopTokens]);
        }

        _text.Append(news.Text);
        _finish = news.Finish;
        return new CompletionChoice(news.Choice, news.Text, Told(tokens), NameOf(news.Finish));
    }

    /// <summary>Everything.</summary>
    public CompletionChoice Whole(int index) => new(index, _text.ToString(), topLogprobs is null ? null : _all, NameOf(_finish ?? FinishReason.Length));

    /// <summary>OpenAI's name of a reason.</summary>
    public static string? NameOf(FinishReason? finish) => finish switch { null => null, FinishReason.Length => "length", _ => "stop" };

    private TokensReply? Told(TokensReply tokens)
    {
        _all.Tokens.AddRange(tokens.Tokens);
        _all.TokenLogprobs.AddRange(tokens.TokenLogprobs);
        _all.TopLogprobs.AddRange(tokens.TopLogprobs);
        _all.TextOffset.AddRange(tokens.TextOffset);
        return topLogprobs is null ? null : tokens;
    }

    private void Add(TokensReply tokens, int id, double? logProbability, TokenLogProbability[]? places)
    {
        if (topLogprobs is null)
        {
            return;
        }

        string text = NameOf(id);
        tokens.Tokens.Add(text);
        tokens.TokenLogprobs.Add(logProbability);
        tokens.TextOffset.Add(_offsets.Next(id));
        if (places is null || logProbability is not { } own)
        {
            tokens.TopLogprobs.Add(null);
            return;
        }

        // Several tokens can have one text: the most likely stands for it.
        var named = new Dictionary<string, double>(StringComparer.Ordinal);
        foreach (var place in places)
        {
            named.TryAdd(NameOf(place.Id), place.LogProbability);
        }

        if (named.TryGetValue(text, out double listed) && Math.Abs(listed - own) < SameNumber)
        {
            tokens.TokenLogprobs[^1] = listed; // one number in both places: harnesses compare them exactly
        }
        else
        {
            named.TryAdd(text, own);
        }

        tokens.TopLogprobs.Add(named);
    }

    private string NameOf(int id) => namesIds ? FormattableString.Invariant($"token_id:{id}") : TokenText.Show(tokenizer, id);

    private static TokenLogProbability[] TopTokensAt(SequenceScores scores, int position, int length)
    {
        int k = scores.Indices.Length / length;
        return [.. Enumerable.Range(position * k, k).Select(i => new TokenLogProbability(scores.Indices[i], scores.Logits[i] - scores.LogNormalizers[position]))];
    }
}
