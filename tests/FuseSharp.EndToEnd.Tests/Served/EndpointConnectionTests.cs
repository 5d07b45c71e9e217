using System.Net;
using FuseSharp.Evaluation.Endpoints;

namespace FuseSharp.EndToEnd.Tests.Served;

/// <summary>How long the connection waits before it asks again; the clock is the test's, and no time passes.</summary>
public sealed class EndpointConnectionTests
{
    [Theory]
    [InlineData("7", 7, 7)]
    [InlineData("0", 0, 0)]
    [InlineData("86400", 600, 600)] // ten minutes at most
    [InlineData("Thu, 01 Jan 2026 00:00:30 GMT", 30, 30)] // the clock stands at 2026
    [InlineData("Wed, 01 Jan 2025 00:00:00 GMT", 0, 0)]
    [InlineData(null, 0.5, 3)] // 2 s and jitter around it
    public async Task Post_RefusedForLoad_WaitsAsTheServerSays(string? retryAfter, double least, double most)
    {
        await using var server = await DocumentedServer.StartAsync("vllm");
        server.Instead = (context, _, number) =>
        {
            context.Response.StatusCode = number == 1 ? 429 : 200;
            if (number == 1 && retryAfter is not null)
            {
                context.Response.Headers.RetryAfter = retryAfter;
            }

            return Task.FromResult(true);
        };
        var clock = new HastyTime();
        using var connection = new EndpointConnection(server.Endpoint, "The server", null, new EndpointLimits { Time = clock });

        var answer = await connection.PostAsync("completions", new { }, 100, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.Equal(2, server.Asked.Count);
        Assert.All(server.Asked, a => Assert.Equal("", a.Authorization));
        Assert.InRange(clock.Waits.Sum(w => w.TotalSeconds), least, most); // a wait of 0 takes no timer
    }

    // Timers end at once, and are remembered; those of the patience with an answer never end.
    private sealed class HastyTime : TimeProvider
    {
        public List<TimeSpan> Waits { get; } = [];

        public override DateTimeOffset GetUtcNow() => new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            bool isWait = dueTime >= TimeSpan.Zero && dueTime != new EndpointLimits().Patience;
            if (isWait)
            {
                Waits.Add(dueTime);
            }

            return System.CreateTimer(callback, state, isWait ? TimeSpan.Zero : Timeout.InfiniteTimeSpan, period);
        }
    }
}
