using FuseSharp.Cli;

namespace FuseSharp.EndToEnd.Tests;

public sealed class StopRequestsTests
{
    private const int User = 10;

    [Theory]
    [InlineData(StopRequests.Interrupt, 0.0, StopRequests.Interrupt, false)] // a terminal's echo
    [InlineData(StopRequests.Interrupt, 0.999, StopRequests.Interrupt, false)]
    [InlineData(StopRequests.Interrupt, 1.0, StopRequests.Interrupt, true)]
    [InlineData(StopRequests.Terminate, 5.0, StopRequests.Terminate, true)]
    [InlineData(User, 600.0, StopRequests.Terminate, false)] // Slurm at the time limit
    [InlineData(User, 5.0, User, false)] // once by Slurm, once by mpirun
    [InlineData(StopRequests.Terminate, 5.0, StopRequests.Interrupt, false)]
    public void EndsAtOnce_ForASecondSignalOfAUserAlone(int first, double seconds, int second, bool expected)
    {
        var time = new Clock();
        var requests = new StopRequests(time);

        Assert.False(requests.EndsAtOnce(first));
        time.Now += TimeSpan.FromSeconds(seconds);

        Assert.Equal(expected, requests.EndsAtOnce(second));
    }

    private sealed class Clock : TimeProvider
    {
        public TimeSpan Now { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Now.Ticks;
    }
}
