using FuseSharp.Torch.Generate;
using FuseSharp.Torch.Models;
using FuseSharp.Torch.Scoring;
using static TorchSharp.torch;

namespace FuseSharp.Torch.Evaluate;

/// <summary>Lets a model answer prompts, always with the likeliest token, up to a stop string.</summary>
/// <remarks>What a prompt has in common with the one before, such as its examples, is not read again. Not for use by several threads.</remarks>
/// <param name="model">Only read.</param>
/// <param name="stops">An answer ends before the first of these.</param>
/// <param name="maxTokens">Most tokens of an answer; the end-of-text token ends it earlier.</param>
public sealed class AnswerWriter(LanguageModel model, IReadOnlyList<string> stops, int maxTokens) : IDisposable
{
    private KeyValueCache _cache = new();
    private int[] _read = []; // the tokens in the cache

    /// <summary>Answers a prompt.</summary>
    /// <param name="prompt">What is longer than the context, less the room for the answer, is cut from the left.</param>
    /// <param name="cancellation">Ends it between two tokens.</param>
    /// <returns>The answer, without the stop string.</returns>
    public string Answer(string prompt, CancellationToken cancellation)
    {
        using var noGradient = no_grad();
        model.Network.eval();
        int[] ids = model.PromptIds(prompt);
        int room = Math.Max(1, model.Network.Config.ContextLength - maxTokens);
        ids = ids[Math.Max(0, ids.Length - room)..];
        int tokens = Math.Min(maxTokens, model.Network.Config.ContextLength - ids.Length);

        int[] unread = Rewind(ids);
        using var cache = _cache;
        float[] logits = NextToken.Logits(model, unread, cache);
        _cache = cache.Take(null, ids.Length);
        _read = ids;

        // Decoded behind the prompt's last token, so that the first new token keeps its leading space.
        List<int> answer = [ids[^1]];
        string shown = model.Tokenizer.Decode([ids[^1]]);
        string text = "";
        while (answer.Count <= tokens)
        {
            cancellation.ThrowIfCancellationRequested();
            int next = Sampler.Largest(logits);
            if (next == model.Tokenizer.EndOfTextId)
            {
                break;
            }

            answer.Add(next);
            string whole = model.Tokenizer.Decode([.. answer]);
            text = whole.StartsWith(shown, StringComparison.Ordinal) ? whole[shown.Length..] : whole;
            if (FirstStop(text) is { } end)
            {
                return text[..end];
            }

            if (answer.Count <= tokens)
            {
                logits = NextToken.Logits(model, [next], cache);
            }
        }

        return text;
    }

    /// <inheritdoc/>
    public void Dispose() => _cache.Dispose();

    // Takes the cache back to what the new prompt has in common with it, all but the last token at most.
    private int[] Rewind(int[] ids)
    {
        int common = Math.Min(ids.AsSpan().CommonPrefixLength(_read), ids.Length - 1);
        using var before = _cache;
        _cache = before.Take(null, common);
        return ids[common..];
    }

    private int? FirstStop(string text)
    {
        int[] places = [.. stops.Select(s => text.IndexOf(s, StringComparison.Ordinal)).Where(p => p >= 0)];
        return places.Length > 0 ? places.Min() : null;
    }
}
