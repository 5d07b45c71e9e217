using FuseSharp.Errors;
using FuseSharp.Storage.Artifacts;
using FuseSharp.Storage.Texts;
using FuseSharp.Tokenizers;

namespace FuseSharp.Fusion.Split;

/// <summary>Cuts the documents of a split, plain texts and conversations, and counts what it leaves out.</summary>
/// <param name="split">The split's name in figures.</param>
/// <param name="tokenizers">Whose contexts plain texts must fit, the target's first; null to leave them whole.</param>
/// <param name="conversations">How conversations are read; null where the texts hold none.</param>
/// <param name="maxLength">Longest sequence, tokens.</param>
internal sealed class PieceCutter(string split, IReadOnlyList<ITokenizer>? tokenizers, ConversationSplit? conversations, int maxLength)
{
    private const string Turns = "turns_left_out";
    private const string Conversations = "conversations_left_out";
    private const string Unanswered = "unanswered_turns";

    private readonly DocumentSplitter? _texts = tokenizers is null ? null : new DocumentSplitter(tokenizers, maxLength - DocumentSplitter.Reserve);
    private readonly ConversationCutter? _conversations = conversations is null ? null : new ConversationCutter(conversations.Encoders, maxLength);
    private readonly SortedDictionary<string, double> _lost = new(StringComparer.Ordinal);

    /// <summary>What was left out, in a sentence each.</summary>
    /// <param name="lost">Sums over all splits.</param>
    /// <param name="maxLength">Longest sequence, tokens.</param>
    public static IEnumerable<string> Said(IReadOnlyDictionary<string, double> lost, int maxLength)
    {
        if (lost.TryGetValue(Unanswered, out double unanswered))
        {
            yield return FormattableString.Invariant($"{unanswered:N0} turns at the end of conversations have no answer and were left out.");
        }

        if (lost.TryGetValue(Turns, out double turns))
        {
            yield return FormattableString.Invariant($"{turns:N0} of the oldest messages of conversations were left out, so that the rest fits in {maxLength:N0} tokens of every model.");
        }

        if (lost.TryGetValue(Conversations, out double whole))
        {
            yield return FormattableString.Invariant($"Warning: {whole:N0} conversations were left out: their last turn alone does not fit in {maxLength:N0} tokens of every model. A larger split.max_length takes them.");
        }
    }

    /// <summary>The pieces of a document.</summary>
    /// <param name="domain">Its domain.</param>
    /// <param name="document">The document.</param>
    /// <param name="tally">Gets what is left out.</param>
    /// <param name="error">Why it cannot be used; null where it can.</param>
    /// <returns>None where there is an error, or where a conversation's last turn is too long.</returns>
    public IReadOnlyList<string> Cut(string domain, Document document, ShardTally tally, out string? error)
    {
        error = document.Error;
        if (error is not null)
        {
            return [];
        }

        if (document.Conversation is not { } conversation)
        {
            if (conversations?.Reading.Domains.Contains(domain) == true)
            {
                throw Mixed(domain);
            }

            return _texts?.Split(document.Text) ?? [document.Text];
        }

        Count(tally, domain, Unanswered, document.DroppedTurns);
        try
        {
            var cut = (_conversations ?? throw Mixed(domain)).Cut(conversation);
            Count(tally, domain, Conversations, cut is null ? 1 : 0);
            Count(tally, domain, Turns, cut is null ? 0 : conversation.Messages.Count - cut.Messages.Count);
            return cut is null ? [] : [cut.ToJson()];
        }
        catch (ModelException fault)
        {
            error = $"{document.Place} is a conversation that cannot be learned: {fault.Message}";
            return [];
        }
    }

    /// <summary>Adds what was left out in this split to sums over all.</summary>
    public void AddTo(SortedDictionary<string, double> sums)
    {
        foreach (var (name, value) in _lost)
        {
            sums[name] = sums.GetValueOrDefault(name) + value;
        }
    }

    private static UsageException Mixed(string domain) => new($"The texts of '{domain}' are conversations and plain texts, expected one of them. Make two domains of them.");

    private void Count(ShardTally tally, string domain, string what, int number)
    {
        if (number > 0)
        {
            tally.Add($"{split}.{domain}.{what}", number);
            _lost[what] = _lost.GetValueOrDefault(what) + number;
        }
    }
}
