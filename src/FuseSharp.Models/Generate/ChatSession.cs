using FuseSharp.Conversations;
using FuseSharp.Errors;
using FuseSharp.Tokenizers.Chat;


namespace FuseSharp.Models.Generate;

/// <summary>A conversation with a model that keeps what was said, and of what no longer fits leaves out the oldest.</summary>
/// <param name="model">Only read.</param>
/// <param name="template">Its chat template.</param>
/// <param name="options">How answers are drawn.</param>
/// <param name="system">What the model is told before all; null for nothing.</param>
public sealed class ChatSession(LanguageModel model, ChatTemplate template, GenerateOptions options, string? system = null)
{
    private readonly List<ChatMessage> _turns = [];

    /// <summary>What was said and is still known, without the system's message.</summary>
    public IReadOnlyList<ChatMessage> Turns => _turns;

    /// <summary>Forgets all that was said but the system's message.</summary>
    public void Reset() => _turns.Clear();

    /// <summary>Says something and gets the answer.</summary>
    /// <param name="text">What the user says.</param>
    /// <param name="dropped">Gets what a user has said that is left out with its answer, because the context is full.</param>
    /// <param name="onText">Gets the answer as it is written.</param>
    /// <param name="cancellation">Ends it between two tokens.</param>
    /// <returns>The answer.</returns>
    /// <exception cref="UsageException">The text alone does not fit into the context.</exception>
    public string Ask(string text, Action<string> dropped, Action<string> onText, CancellationToken cancellation)
    {
        _turns.Add(new ChatMessage("user", text));
        try
        {
            int[] prompt = Prompt(dropped);
            string answer = new TextGenerator(model, options).Generate(prompt, cancellation, onText);
            _turns.Add(new ChatMessage("assistant", answer));
            return answer;
        }
        catch (FuseSharpException)
        {
            _turns.RemoveAt(_turns.Count - 1); // what was refused was not said
            throw;
        }
    }

    // Leaves room for the whole answer, but no more than half of the context: a large --max-tokens is a limit, not a need.
    private int[] Prompt(Action<string> dropped)
    {
        int context = model.Network.Config.ContextLength;
        int room = Math.Max(1, Math.Min(options.MaxTokens, context / 2));
        while (true)
        {
            int[] ids = model.PromptIds(template.Render(system is null ? _turns : [new ChatMessage("system", system), .. _turns]), isConversation: true);
            if (ids.Length + room <= context)
            {
                return ids;
            }

            if (_turns.Count == 1)
            {
                return ids.Length < context ? ids
                    : throw new UsageException(FormattableString.Invariant($"This has {ids.Length:N0} tokens with the template, the context of {model.Name} {context:N0}. Say it in fewer words."));
            }

            dropped(_turns[0].Content);
            _turns.RemoveRange(0, 2);
        }
    }
}
