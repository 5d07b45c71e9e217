using FuseSharp.Core.Recipes;
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

        var answer = new Generation(model, ids, new GenerateOptions { Temperature = 0, MaxTokens = tokens, Stop = stops });
        answer.Write(logits);
        while (answer.Finish is null)
        {
            cancellation.ThrowIfCancellationRequested();
            answer.Write(NextToken.Logits(model, [answer.Tokens[^1].Id], cache));
        }

        return answer.Text;
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
}
