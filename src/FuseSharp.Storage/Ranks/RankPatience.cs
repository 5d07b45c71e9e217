using System.Globalization;

namespace FuseSharp.Storage.Ranks;

/// <summary>Says for whom a rank waits, once it has waited a minute.</summary>
/// <remarks>
/// Ranks come to the same places in the same order, so a place is a number. Whoever has waited a minute tells the others its number, once; whoever has told nothing some seconds later has not come. Of those who wait the lowest says so.
/// Nothing is sent where nobody waits that long.
/// </remarks>
/// <param name="rank">This one.</param>
/// <param name="count">Of all.</param>
/// <param name="nameOf">What a rank is called.</param>
/// <param name="say">Gets the line.</param>
/// <param name="time">The clock.</param>
internal sealed class RankPatience(int rank, int count, Func<int, string> nameOf, Action<string> say, TimeProvider time)
{
    private static readonly TimeSpan _patience = TimeSpan.FromMinutes(1);

    // Until the others, who have come a little later or earlier, have told theirs.
    private static readonly TimeSpan _answers = TimeSpan.FromSeconds(10);

    // Asked every millisecond: whoever was not asked for longer was stopped itself, and has not waited.
    private static readonly TimeSpan _stopped = TimeSpan.FromSeconds(5);

    private readonly long[] _places = new long[count];
    private long _since;
    private long _asked;
    private bool _told;
    private bool _said;

    /// <summary>The number of the place where this rank is.</summary>
    public long Place { get; private set; }

    /// <summary>This rank comes to the next place.</summary>
    public void Come() => (Place, _since, _asked, _told, _said) = (Place + 1, time.GetTimestamp(), time.GetTimestamp(), false, false);

    /// <summary>Another rank has told where it waits.</summary>
    /// <param name="other">Whose number it is.</param>
    /// <param name="place">The number.</param>
    public void Hear(int other, long place) => _places[other] = Math.Max(_places[other], place);

    /// <summary>Asked again and again while this rank waits.</summary>
    /// <returns>Whether the others are to be told of this rank's place now.</returns>
    public bool Tells()
    {
        long now = time.GetTimestamp();
        _since = time.GetElapsedTime(_asked, now) > _stopped ? now : _since;
        _asked = now;
        var waited = time.GetElapsedTime(_since, now);
        if (!_said && waited >= _patience + _answers)
        {
            _said = true;
            int[] missing = [.. Enumerable.Range(0, count).Where(r => r != rank && _places[r] < Place)];
            if (missing.Length > 0 && !Enumerable.Range(0, rank).Any(r => _places[r] >= Place))
            {
                say(string.Create(CultureInfo.InvariantCulture, $"Waiting for {(missing.Length > 4 ? $"{missing.Length} ranks, the first of them {nameOf(missing[0])}" : string.Join(", ", missing.Select(nameOf)))} since {time.GetUtcNow() - waited:HH:mm:ss} UTC: still at work, or stopped. The job goes on when it comes."));
            }
        }

        bool tells = !_told && waited >= _patience;
        _told |= tells;
        return tells;
    }
}
