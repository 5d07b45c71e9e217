using System.Text;
using FuseSharp.Fusion.Records;
using FuseSharp.Models;

namespace FuseSharp.Evaluation.Ensemble;

/// <summary>A text as one model of an ensemble reads it.</summary>
internal static class EnsembleText
{
    /// <summary>Tokenizes a prompt with what follows it.</summary>
    /// <param name="model">Who reads it.</param>
    /// <param name="prompt">Its own prompt: chat templates write the same conversation differently.</param>
    /// <param name="text">What follows; all models of an ensemble read the same.</param>
    /// <param name="isConversation">Whether a chat template wrote the prompt.</param>
    /// <returns>With the tokens that stand before every text of this model; without a prompt there is one, where every model has read nothing. Ends count from the
    /// prompt's end, which is 0 for all models.</returns>
    public static EncodedPiece Tokenize(LanguageModel model, string prompt, string text, bool isConversation = false)
    {
        var tokens = model.Tokenizer.Encode(prompt + text);
        int[] ids = isConversation && tokens.Count > 0 ? tokens.Ids : model.Started(tokens.Ids, isNeeded: string.IsNullOrWhiteSpace(prompt));
        int read = Encoding.UTF8.GetByteCount(prompt);
        return new(ids, [.. Enumerable.Repeat(-read, ids.Length - tokens.Count), .. tokens.EndsExclusive.Select(e => e - read)], null);
    }
}
