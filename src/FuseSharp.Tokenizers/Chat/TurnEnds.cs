using FuseSharp.Conversations;
using FuseSharp.Errors;

namespace FuseSharp.Tokenizers.Chat;

/// <summary>Finds the tokens by which a template ends answers.</summary>
/// <remarks>A special token right behind an answer, unless it opens the next turn: some templates write nothing between, and the next question's mark ends nothing.</remarks>
/// <param name="tokenizer">The model's.</param>
/// <param name="template">Its template.</param>
/// <param name="today">The day that templates write.</param>
internal sealed class TurnEnds(ITokenizer tokenizer, ChatTemplate template, DateTimeOffset today)
{
    private static readonly Conversation[] _probes =
    [
        new([new("user", "Where is it?"), new("assistant", "It is here."), new("user", "And now?"), new("assistant", "It is there.")]),
        new([new("user", "Where is it?"), new("assistant", "It is here.")]),
    ];

    /// <summary>Their ids, the last answer's first.</summary>
    /// <param name="finder">Of this template.</param>
    public IReadOnlyList<int> Find(ContentFinder finder)
    {
        foreach (var probe in _probes)
        {
            try
            {
                return Find(finder, probe);
            }
            catch (ModelException)
            {
                // It wants other turns.
            }
        }

        return [];
    }

    private List<int> Find(ContentFinder finder, Conversation probe)
    {
        var rendered = finder.Find(probe.Messages);
        var tokens = tokenizer.Encode(rendered.Text);
        var beginning = BeginningOfAnswer(probe, rendered);
        var openers = tokens.Ids.Where((_, t) => tokens.EndsExclusive[t] <= rendered.Contents[0].Start).Concat(beginning).ToHashSet();
        openers.ExceptWith(Between(tokens, rendered.Contents[0].EndExclusive, rendered.Contents[1].Start).Except(beginning)); // that ends a question, as it may end an answer
        var ends = new List<int>();
        for (int m = probe.Messages.Count - 1; m >= 0; m--)
        {
            int at = rendered.Contents[m].EndExclusive;
            int token = Array.FindIndex(tokens.EndsExclusive, e => e > at);
            if (probe.Messages[m].IsAnswer && at >= 0 && token >= 0 && tokens.Ids[token] is var id && tokenizer.IsSpecial(id) && (id == tokenizer.EndOfTextId || !openers.Contains(id)) && !ends.Contains(id))
            {
                ends.Add(id);
            }
        }

        return ends;
    }

    private HashSet<int> BeginningOfAnswer(Conversation probe, RenderedConversation rendered)
    {
        string prompt = template.Render(probe.Messages, addsGenerationPrompt: true, today);
        return prompt.StartsWith(rendered.Text, StringComparison.Ordinal) ? [.. tokenizer.Encode(prompt[rendered.Text.Length..]).Ids] : [];
    }

    private static IEnumerable<int> Between(TokenizedText tokens, int start, int endExclusive)
        => tokens.Ids.Where((_, t) => (t == 0 ? 0 : tokens.EndsExclusive[t - 1]) >= start && tokens.EndsExclusive[t] <= endExclusive);
}
