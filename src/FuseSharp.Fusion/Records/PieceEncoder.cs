using FuseSharp.Conversations;
using FuseSharp.Errors;
using FuseSharp.Fusion.Conversations;
using FuseSharp.Storage.Artifacts;
using FuseSharp.Tokenizers;
using FuseSharp.Tokenizers.Chat;

namespace FuseSharp.Fusion.Records;

/// <summary>Pieces of texts as one model reads them: plain texts by its tokenizer, conversations in its chat template. Safe to use from several threads.</summary>
/// <param name="tokenizer">The model's.</param>
/// <param name="conversations">What encodes conversations; null where the texts hold none.</param>
public sealed class PieceEncoder(ITokenizer tokenizer, ConversationEncoder? conversations)
{
    /// <summary>The model's tokenizer.</summary>
    public ITokenizer Tokenizer => tokenizer;

    /// <summary>How conversations are read; null where the texts hold none.</summary>
    public ConversationEncoder? Conversations => conversations;

    /// <summary>The same as manifests say it; null where the texts hold none.</summary>
    public RepresentedConversations? Reading => conversations is null ? null : new(conversations.Template.Source, conversations.EndsOfTurn);

    /// <summary>As the split stage settled it.</summary>
    /// <param name="texts">Output of the split stage.</param>
    /// <param name="name">The model's name.</param>
    /// <param name="path">The model's folder.</param>
    /// <param name="tokenizer">Its tokenizer.</param>
    /// <exception cref="ModelException">Its template is not understood.</exception>
    public static PieceEncoder Open(string texts, string name, string path, ITokenizer tokenizer)
        => new(tokenizer, ConversationReading.Read(Manifest.Read(texts))?.EncoderOf(name, path, tokenizer));

    /// <summary>By the model's own template, for conversations that no split stage has seen.</summary>
    /// <param name="path">The model's folder.</param>
    /// <param name="tokenizer">Its tokenizer.</param>
    /// <exception cref="ModelException">Its template is not understood.</exception>
    public static PieceEncoder FromModel(string path, ITokenizer tokenizer)
    {
        var options = new ChatOptions();
        return new(tokenizer, ChatTemplate.Find(path) is { } template ? ConversationEncoder.Create(tokenizer, template, options.TrainOn, options.Day()) : null);
    }

    /// <summary>A piece as training texts are read: behind a document's last an end-of-text token, behind an answer what the template writes.</summary>
    /// <param name="piece">A piece of these texts.</param>
    /// <exception cref="ModelException">The template refuses the conversation, or alters its answers.</exception>
    public EncodedPiece Encode(TextPiece piece)
    {
        if (piece.Conversation is { } conversation)
        {
            return Encode(conversation);
        }

        var tokens = tokenizer.Encode(piece.Text);
        return piece.EndsDocument && tokenizer.EndOfTextId is { } end
            ? new([.. tokens.Ids, end], [.. tokens.EndsExclusive, tokens.Count == 0 ? 0 : tokens.EndsExclusive[^1]], null)
            : new(tokens.Ids, tokens.EndsExclusive, null);
    }

    /// <summary>A conversation.</summary>
    /// <param name="conversation">Any.</param>
    /// <exception cref="ModelException">The template refuses it, or alters its answers.</exception>
    public EncodedPiece Encode(Conversation conversation)
    {
        CheckCalls(conversation);
        var encoded = (conversations ?? throw new UsageException("The texts hold conversations, but the model has no chat template. Add chat_template.jinja to its folder.")).Encode(conversation);
        byte[] codes = new byte[encoded.Ids.Length];
        for (int t = 0; t < codes.Length; t++)
        {
            codes[t] = encoded.IsLearned[t] ? (byte)(1 + Math.Min(encoded.LeadBytes[t], byte.MaxValue - 1)) : (byte)0;
        }

        return new(encoded.Ids, encoded.EndsExclusive, new LearnedTokens(codes));
    }

    // An answer that is nothing but calls of tools, in a template that does not write them, would teach to answer with nothing.
    private void CheckCalls(Conversation conversation)
    {
        for (int m = 0; conversations is not null && m < conversation.Messages.Count; m++)
        {
            var message = conversation.Messages[m];
            if (message.IsAnswer && message.Fields?.ContainsKey(Calls) == true && string.IsNullOrWhiteSpace(message.Content) && LeavesOutCalls(conversation.Messages, m))
            {
                throw new ModelException(FormattableString.Invariant(
                    $"The chat template of '{conversations.Template.Path}' leaves out the calls of tools of message {m + 1}, which says nothing else. Leave out such conversations (store.skip_bad_documents), or give the model another template (chat.templates)."));
            }
        }
    }

    private bool LeavesOutCalls(IReadOnlyList<ChatMessage> messages, int message)
    {
        string Text(IReadOnlyList<ChatMessage> all) => conversations!.Template.Render(all, addsGenerationPrompt: false, DateTimeOffset.UnixEpoch);
        try
        {
            return Text(messages) == Text([.. messages.Select((m, i) => i != message ? m : m with { Fields = m.Fields!.Where(f => f.Key != Calls).ToDictionary() })]);
        }
        catch (ModelException)
        {
            return false; // it reads them
        }
    }

    private const string Calls = "tool_calls";
}
