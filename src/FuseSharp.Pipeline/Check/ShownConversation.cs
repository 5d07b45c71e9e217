using FuseSharp.Errors;
using FuseSharp.Fusion.Records;
using FuseSharp.Storage.Texts;
using FuseSharp.Tokenizers;

namespace FuseSharp.Pipeline.Check;

/// <summary>A conversation as a model reads it.</summary>
/// <param name="Domain">Where it is from.</param>
/// <param name="Model">Who reads it.</param>
/// <param name="Tokens">The tokens' strings, each with whether it is learned.</param>
/// <param name="Error">Why the model cannot read it; null where it can.</param>
public sealed record ShownConversation(string Domain, string Model, IReadOnlyList<(string Token, bool IsLearned)> Tokens, string? Error)
{
    internal static ShownConversation Create(string domain, string model, ITokenizer tokenizer, PieceEncoder encoder, Document document)
    {
        try
        {
            var encoded = encoder.Encode(document.Conversation!);
            return new(domain, model, [.. encoded.Ids.Select((id, t) => (tokenizer.Vocabulary[id], encoded.Learned![t]))], null);
        }
        catch (ModelException fault)
        {
            return new(domain, model, [], $"{model} cannot read the conversation at {document.Place}: {fault.Message}");
        }
    }
}
