using System.Net;

namespace FuseSharp.Tokenizers.Hub;

/// <summary>When a broken connection, or a refusal for load, is tried again: later each time, or when the server says so. Whoever gets on begins to count anew.</summary>
/// <param name="options">The first delay.</param>
/// <param name="say">Gets a line before each retry: why, and after what time.</param>
internal sealed class HubRetries(HubOptions options, Action<string> say)
{
    private const int Most = 6;
    private static readonly TimeSpan _longestDelay = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan _longestWish = TimeSpan.FromMinutes(5);

    private int _failures;

    /// <summary>Whether an answer asks for patience.</summary>
    public static bool IsPassing(HttpStatusCode status) => status is HttpStatusCode.TooManyRequests or HttpStatusCode.RequestTimeout or >= HttpStatusCode.InternalServerError;

    /// <summary>Something has come through.</summary>
    public void Succeed() => _failures = 0;

    /// <summary>Waits before the next attempt.</summary>
    /// <param name="why">Said, without a full stop.</param>
    /// <param name="wish">How long the server asks to wait; null where it does not.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>False where it has been tried often enough.</returns>
    public async Task<bool> WaitAsync(string why, TimeSpan? wish, CancellationToken cancellation)
    {
        if (++_failures > Most)
        {
            return false;
        }

        var delay = TimeSpan.FromTicks(Math.Min(_longestDelay.Ticks, options.FirstDelay.Ticks << (_failures - 1)));
        delay = wish is not { } asked ? delay : asked < _longestWish ? asked : _longestWish;
        say(FormattableString.Invariant($"{options.Endpoint.Host} {why}: tried again in {Math.Ceiling(delay.TotalSeconds):N0} s ({_failures} of {Most})."));
        await Task.Delay(delay, cancellation);
        return true;
    }
}
