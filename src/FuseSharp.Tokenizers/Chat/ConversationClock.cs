namespace FuseSharp.Tokenizers.Chat;

/// <summary>Tells for each token of a rendered conversation what is read of the learned messages behind it.</summary>
internal sealed class ConversationClock
{
    private readonly List<(ContentPlace Place, int Bytes, int Base)> _messages = [];

    /// <summary>Adds the next learned message.</summary>
    /// <param name="place">Where it stands.</param>
    /// <param name="bytes">Of its content, of which the template may leave out some.</param>
    /// <returns>False where it stands before the one added last.</returns>
    public bool Add(ContentPlace place, int bytes)
    {
        int start = _messages.Count == 0 ? 0 : _messages[^1].Base + _messages[^1].Bytes + 1;
        bool follows = _messages.Count == 0 || place.Start >= _messages[^1].Place.EndExclusive;
        _messages.Add((place, bytes, start));
        return follows;
    }

    /// <summary>Reads the tokens.</summary>
    /// <param name="tokens">Of the whole text.</param>
    /// <param name="ends">Ids of the tokens that end an answer.</param>
    /// <param name="leftOut">Goes into the result.</param>
    public EncodedConversation Read(TokenizedText tokens, HashSet<int> ends, IReadOnlyList<int> leftOut)
    {
        int[] read = new int[tokens.Count];
        bool[] learned = new bool[tokens.Count];
        int[] leads = new int[tokens.Count];
        int m = 0;
        int now = _messages.Count == 0 ? 0 : Opened(0);
        int last = -1;
        for (int t = 0; t < tokens.Count; t++)
        {
            int start = t == 0 ? 0 : tokens.EndsExclusive[t - 1];
            int end = tokens.EndsExclusive[t];
            for (bool isOpen = m < _messages.Count; isOpen;)
            {
                var (place, bytes, from) = _messages[m];
                bool ended = start <= place.EndExclusive && end > place.EndExclusive && ends.Contains(tokens.Ids[t]);
                bool holds = Holds(start, end, place);
                if (holds)
                {
                    leads[t] = !learned[t] && !ended ? Math.Max(0, place.Start - start) : 0;
                    now = end >= place.EndExclusive ? from + bytes : from + place.Skipped + end - place.Start;
                }

                learned[t] |= holds || ended;
                isOpen = false;
                if (ended || (start >= place.EndExclusive && end > place.EndExclusive))
                {
                    // It is ended, by its mark or by what else the template writes: what follows is before the next.
                    m++;
                    now = m < _messages.Count ? Opened(m) : ended ? from + bytes + 1 : from + bytes;
                    isOpen = m < _messages.Count && end > _messages[m].Place.Start;
                }
            }

            read[t] = now;
            last = learned[t] ? t : last;
        }

        int count = last + 1;
        return new(tokens.Ids[..count], read[..count], learned[..count], leads[..count], leftOut);
    }

    private static bool Holds(int start, int end, ContentPlace place)
        => start == end ? start >= place.Start && start < place.EndExclusive // a prefix space that is not in the text
            : place.Start == place.EndExclusive ? start < place.Start && end > place.EndExclusive // an empty answer inside of a token
            : Math.Min(end, place.EndExclusive) > Math.Max(start, place.Start);

    // What the template leaves out at a message's beginning counts as read at once.
    private int Opened(int message) => _messages[message].Base + _messages[message].Place.Skipped;
}
