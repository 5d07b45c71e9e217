using FuseSharp.Errors;
using FuseSharp.Pipeline.Represent;

namespace FuseSharp.Pipeline.Tests.Represent;

public sealed class WriteBehindTests
{
    [Fact]
    public void Run_ManyPieces_WritesAllInOrderAndNeverFarBehind()
    {
        int made = 0;
        var written = new List<int>();
        int caller = Environment.CurrentManagedThreadId;
        var threads = new HashSet<int>();

        WriteBehind.Run(_ => Enumerable.Range(0, 5_000).Select(i => Interlocked.Increment(ref made) - 1), pieces =>
        {
            foreach (int piece in pieces)
            {
                // One that is being made, two that wait, this one.
                Assert.InRange(Volatile.Read(ref made) - written.Count, 1, 4);
                written.Add(piece);
                threads.Add(Environment.CurrentManagedThreadId);
            }
        }, 2, CancellationToken.None);

        Assert.Equal(Enumerable.Range(0, 5_000), written);
        Assert.DoesNotContain(caller, threads);
    }

    [Fact]
    public void Run_WriterFails_EndsTheMakerAndSaysWhatTheWriterSaid()
    {
        bool ends = false;
        IEnumerable<int> Make(CancellationToken ended)
        {
            yield return 1;
            ends = ended.WaitHandle.WaitOne(TimeSpan.FromMinutes(1));
            ended.ThrowIfCancellationRequested();
        }

        var error = Assert.Throws<ArtifactException>(() => WriteBehind.Run(Make, pieces => throw new ArtifactException($"No space for {pieces.First()}."), 2, CancellationToken.None));

        Assert.Equal("No space for 1.", error.Message);
        Assert.True(ends);
    }

    [Fact]
    public void Run_MakerFails_WritesWhatWasMadeAndSaysWhatTheMakerSaid()
    {
        static IEnumerable<int> Make()
        {
            yield return 1;
            yield return 2;
            throw new ModelException("NaN.");
        }

        var written = new List<int>();
        bool isWhole = false;
        var error = Assert.Throws<ModelException>(() => WriteBehind.Run(_ => Make(), pieces =>
        {
            written.AddRange(pieces.Select(p => p)); // throws at its end
            isWhole = true;
        }, 2, CancellationToken.None));

        Assert.Equal("NaN.", error.Message);
        Assert.Equal([1, 2], written);
        Assert.False(isWhole); // a shard that lacks texts must not be taken for a whole one
    }

    [Fact]
    public void Run_Cancelled_IsACancellationThatNeitherHangsNorFinishes()
    {
        using var source = new CancellationTokenSource();
        bool isWhole = false;
        IEnumerable<int> Make(CancellationToken ended)
        {
            yield return 1;
            source.Cancel();
            ended.ThrowIfCancellationRequested();
        }

        Assert.ThrowsAny<OperationCanceledException>(() => WriteBehind.Run(Make, pieces => isWhole = pieces.Last() > 0, 1, source.Token));

        Assert.False(isWhole);
    }
}
