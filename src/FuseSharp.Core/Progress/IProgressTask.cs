namespace FuseSharp.Core.Progress;

/// <summary>One bar of progress; disposing it closes the bar.</summary>
public interface IProgressTask : IDisposable
{
    /// <summary>Counts finished units.</summary>
    /// <param name="units">Units finished since the last call.</param>
    /// <param name="health">A few words beside the bar that tell health, not speed: <c>loss 2.31</c>.</param>
    void Advance(long units, string? health = null);
}
