using FuseSharp.Storage.Ranks;

namespace FuseSharp.Storage.Tests.Ranks;

/// <summary>Who waits for whom, on a clock that tests move: 00:00:00 is when the first comes.</summary>
public sealed class RankPatienceTests
{
    private readonly Clock _time = new();
    private readonly List<string> _said = [];
    private readonly RankPatience[] _ranks;

    public RankPatienceTests()
        => _ranks = [.. Enumerable.Range(0, 4).Select(r => new RankPatience(r, 4, n => $"rank {n}", line => _said.Add($"{r}: {line}"), _time))];

    [Fact]
    public void Wait_OneNeverComes_TheLowestNamesItAfterAMinute()
    {
        Come(0, 1, 3);
        Pass(59);
        Assert.Empty(_said);

        Pass(30);

        Assert.Equal("0: Waiting for rank 2 since 00:00:00 UTC: still at work, or stopped. The job goes on when it comes.", Assert.Single(_said));
    }

    [Fact]
    public void Wait_TheFirstNeverComes_TheNextNamesIt()
    {
        Come(1, 2, 3);
        Pass(90);

        Assert.Equal("1: Waiting for rank 0 since 00:00:00 UTC: still at work, or stopped. The job goes on when it comes.", Assert.Single(_said));
    }

    [Fact]
    public void Wait_SeveralNeverCome_NamesThem()
    {
        Come(0);
        Pass(90);

        Assert.StartsWith("0: Waiting for rank 1, rank 2, rank 3 since", Assert.Single(_said), StringComparison.Ordinal);
    }

    [Fact]
    public void Wait_AllWhoComeLaterWaitToo_SayNothingOfEachOther()
    {
        Come(0);
        Pass(5);
        Come(1, 2);
        Pass(120);

        Assert.Contains("rank 3", Assert.Single(_said), StringComparison.Ordinal);
        Assert.DoesNotContain("rank 1", _said[0], StringComparison.Ordinal);
    }

    [Fact]
    public void Wait_OneThatWasStoppedItself_BlamesNobody()
    {
        Come(0, 1);
        Pass(1);
        _time.Now += TimeSpan.FromMinutes(5); // rank 0 and 1 were not asked: the machine slept
        Pass(60);
        Assert.Empty(_said);
        Pass(30);

        Assert.Equal("0: Waiting for rank 2, rank 3 since 00:05:02 UTC: still at work, or stopped. The job goes on when it comes.", Assert.Single(_said));
    }

    [Fact]
    public void Wait_AtTheNextPlace_BeginsAnew()
    {
        Come(0, 1, 2);
        Pass(90);
        Come(3);
        _said.Clear();

        Come(0, 1, 3);
        Pass(59);
        Assert.Empty(_said);
        Pass(30);

        Assert.Equal("0: Waiting for rank 2 since 00:01:30 UTC: still at work, or stopped. The job goes on when it comes.", Assert.Single(_said));
    }

    private void Come(params int[] ranks) => Array.ForEach(ranks, r => _ranks[r].Come());

    // Second by second, all who wait ask; what they tell is heard at once.
    private void Pass(int seconds)
    {
        for (int s = 0; s < seconds; s++)
        {
            _time.Now += TimeSpan.FromSeconds(1);
            long most = _ranks.Max(r => r.Place);
            foreach (var (rank, number) in _ranks.Select((r, i) => (r, i)).Where(r => r.r.Place == most))
            {
                if (rank.Tells())
                {
                    foreach (var (other, _) in _ranks.Select((r, i) => (r, i)).Where(o => o.i != number))
                    {
                        other.Hear(number, rank.Place);
                    }
                }
            }
        }
    }

    private sealed class Clock : TimeProvider
    {
        public TimeSpan Now { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Now.Ticks;

        public override DateTimeOffset GetUtcNow() => new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero) + Now;
    }
}
