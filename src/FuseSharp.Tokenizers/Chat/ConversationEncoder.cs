using System.Text;
using FuseSharp.Conversations;
using FuseSharp.Errors;

namespace FuseSharp.Tokenizers.Chat;

/// <summary>Conversations as one model reads them: in its template and its tokens, with what is learned of them.</summary>
/// <remarks>
/// Texts differ from model to model, so positions are told by what they have read of the learned messages: their bytes, and one more for the end of each
/// (docs/decisions/0097-the-clock-of-conversations.md). Safe to use from several threads.
/// <code>
/// token     &lt;|im_start|&gt;  assistant  ⏎   The   hum  ming  bird  .    &lt;|im_end|&gt;
/// learned   –             –          –   yes   yes  yes   yes   yes  yes
/// end       0             0          0   3     7    11    15    16   17
/// </code>
/// </remarks>
public sealed class ConversationEncoder
{
    private readonly ITokenizer _tokenizer;
    private readonly LearnedTurns _learned;
    private readonly DateTimeOffset _today;
    private readonly ContentFinder _finder;
    private readonly HashSet<int> _ends;

    private ConversationEncoder(ITokenizer tokenizer, ChatTemplate template, LearnedTurns learned, DateTimeOffset today)
    {
        _tokenizer = tokenizer;
        _learned = learned;
        _today = today;
        Template = template;
        _finder = new ContentFinder(m => template.Render(m, addsGenerationPrompt: false, today));
        EndsOfTurn = new TurnEnds(tokenizer, template, today).Find(_finder);
        _ends = [.. EndsOfTurn, .. tokenizer.EndOfTextId is { } end ? [end] : Array.Empty<int>()];
    }

    /// <summary>The model's template.</summary>
    public ChatTemplate Template { get; }

    /// <summary>Ids of the tokens that end an answer, the last answer's first; empty where ordinary text ends it.</summary>
    public IReadOnlyList<int> EndsOfTurn { get; }

    /// <summary>Prepares a model.</summary>
    /// <param name="tokenizer">Its tokenizer.</param>
    /// <param name="template">Its template.</param>
    /// <param name="learned">Which messages are learned.</param>
    /// <param name="today">The day that templates write which show the date.</param>
    public static ConversationEncoder Create(ITokenizer tokenizer, ChatTemplate template, LearnedTurns learned, DateTimeOffset today) => new(tokenizer, template, learned, today);

    /// <summary>Writes a conversation, and finds where its contents stand.</summary>
    /// <param name="conversation">Any.</param>
    /// <exception cref="ModelException">The template refuses it.</exception>
    public RenderedConversation Render(Conversation conversation) => _finder.Find(conversation.Messages);

    /// <summary>What a model is given to answer a question.</summary>
    /// <param name="messages">The conversation up to the question.</param>
    /// <exception cref="ModelException">The template refuses it.</exception>
    public string Question(IReadOnlyList<ChatMessage> messages) => Template.Render(messages, addsGenerationPrompt: true, _today);

    /// <summary>A conversation in the model's tokens.</summary>
    /// <param name="conversation">Any.</param>
    /// <exception cref="ModelException">The template refuses it, or does not write a learned message as it is.</exception>
    public EncodedConversation Encode(Conversation conversation)
    {
        var rendered = Render(conversation);
        var messages = conversation.Messages;
        var clock = new ConversationClock();
        var leftOut = new List<int>();
        for (int m = 0; m < messages.Count; m++)
        {
            var place = rendered.Contents[m];
            if (conversation.IsLearned(m, _learned))
            {
                if (place.Change is not (ContentChange.None or ContentChange.Shortened) || !clock.Add(place, Encoding.UTF8.GetByteCount(messages[m].Content)))
                {
                    throw Refused(m, messages[m], place.Change);
                }
            }
            else if (place.Change == ContentChange.LeftOut)
            {
                leftOut.Add(m);
            }
        }

        return clock.Read(_tokenizer.Encode(rendered.Text), _ends, leftOut);
    }

    private ModelException Refused(int number, ChatMessage message, ContentChange change)
    {
        string found = change switch
        {
            ContentChange.LeftOut => "leaves out",
            ContentChange.Altered => "alters",
            ContentChange.Unclear => "writes in a way that depends on its text",
            _ => "moves",
        };
        return new(FormattableString.Invariant(
            $"The chat template of '{Template.Path}' {found} message {number + 1} ({message.Role}), which is to be learned as it is. Leave out such conversations (store.skip_bad_documents), or give the model another template (chat.templates)."));
    }
}
