using FuseSharp.Core.Recipes;
using FuseSharp.Torch.Models;
using FuseSharp.Torch.Scoring;
using static TorchSharp.torch;

namespace FuseSharp.Torch.Generate;

/// <summary>Stage 8: continues a prompt, token by token, with a key-value cache.</summary>
/// <param name="model">Only read.</param>
/// <param name="options">How.</param>
public sealed class TextGenerator(LanguageModel model, GenerateOptions options)
{
    /// <summary>The continuation of the prompt, without the prompt.</summary>
    /// <param name="cancellation">Ends it between two tokens.</param>
    public string Generate(CancellationToken cancellation)
    {
        using var noGradient = no_grad();
        using var cache = new KeyValueCache();
        model.Network.eval();
        var sampler = new Sampler(options);
        int[] prompt = model.Tokenizer.Encode(options.Prompt).Ids;
        int? start = model.Tokenizer.AddsBeginningOfText ? model.Tokenizer.BeginningOfTextId : model.Tokenizer.EndOfTextId;
        List<int> history = [.. start is { } id ? prompt.Prepend(id) : prompt];
        int first = history.Count;
        int[] unread = [.. history];
        while (history.Count - first < options.MaxTokens && history.Count < model.Network.Config.ContextLength)
        {
            cancellation.ThrowIfCancellationRequested();
            int next = sampler.Next(NextToken.Logits(model, unread, cache), history);
            if (next == model.Tokenizer.EndOfTextId)
            {
                break;
            }

            history.Add(next);
            unread = [next];
        }

        // Decoded together with the prompt, so that the first new token keeps its leading space.
        string whole = model.Tokenizer.Decode([.. history.Skip(first - prompt.Length)]);
        string shown = model.Tokenizer.Decode(prompt);
        return whole.StartsWith(shown, StringComparison.Ordinal) ? whole[shown.Length..] : whole;
    }
}
