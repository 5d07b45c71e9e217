using FuseSharp.Errors;
using FuseSharp.Fusion.Conversations;
using FuseSharp.Fusion.Records;
using FuseSharp.Storage.Texts;
using FuseSharp.Tokenizers;

namespace FuseSharp.Fusion.Split;

/// <summary>What the split stage needs to know of conversations.</summary>
/// <param name="Reading">Which domains hold them, and how models read them.</param>
/// <param name="Encoders">Of all models, the target's first.</param>
public sealed record ConversationSplit(ConversationReading Reading, IReadOnlyList<PieceEncoder> Encoders)
{
    /// <summary>Looks which domains hold conversations, and finds every model's template.</summary>
    /// <param name="texts">Domains by name.</param>
    /// <param name="options">How conversations are read.</param>
    /// <param name="models">Name, folder and tokenizer of each model, the target first.</param>
    /// <returns>Null where there are none.</returns>
    /// <exception cref="UsageException">A model has no template, nor has the target.</exception>
    public static ConversationSplit? Create(IReadOnlyDictionary<string, TextEntry> texts, ChatOptions options, IReadOnlyList<(string Name, string Path, ITokenizer Tokenizer)> models)
    {
        string[] domains = [.. texts.Where(t => DomainTexts.HoldsConversations(t.Value)).Select(t => t.Key)];
        if (domains.Length == 0)
        {
            return null;
        }

        var reading = ConversationReading.Create(domains, options, [.. models.Select(m => (m.Name, m.Path))]);
        return new(reading, [.. models.Select(m => new PieceEncoder(m.Tokenizer, reading.EncoderOf(m.Name, m.Path, m.Tokenizer)))]);
    }
}
