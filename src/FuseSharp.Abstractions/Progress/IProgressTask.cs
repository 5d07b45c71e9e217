namespace FuseSharp.Progress;

/// <summary>One bar of progress; disposing it closes the bar: as finished after <see cref="Complete"/>, otherwise as stopped.</summary>
public interface IProgressTask : IDisposable
{
    /// <summary>Counts finished units.</summary>
    /// <param name="units">Units finished since the last call.</param>
    /// <param name="health">A few words beside the bar that tell health, not speed: <c>loss 2.31</c>.</param>
    void Advance(long units, string? health = null);

    /// <summary>Counts units that were there already: they fill the bar, but took this session no time.</summary>
    /// <param name="units">Units that an earlier session finished.</param>
    void Skip(long units);

    /// <summary>All is done, even where that is less than was expected: a training may end early. A task that is disposed without it has met a fault or was cancelled.</summary>
    void Complete();
}
