using FuseSharp.Progress;
using FuseSharp.Storage.Artifacts;
using FuseSharp.Testing;

namespace FuseSharp.Storage.Tests.Artifacts;

/// <summary>What a stage took is recorded in one place, also over several processes.</summary>
public sealed class StageCostTests : IDisposable
{
    private readonly ScratchFolder _folder = new();

    private string Output => _folder.At("stage");

    [Fact]
    public void Make_RecordsTimeMemoryAndMachine()
    {
        Make(_ => new byte[64 << 20].AsSpan().Fill(1));

        var cost = StageCost.Read(Output)!;
        Assert.InRange(cost.Seconds, 1e-6, 600);
        Assert.InRange(cost.PeakBytes, 64L << 20, 1L << 40);
        Assert.Equal((1, Machine.Description), (cost.Sessions, cost.Machine));
        Assert.Contains($"{Environment.ProcessorCount} cores", cost.Machine, StringComparison.Ordinal);
    }

    [Fact]
    public void Make_ContinuedAfterAFault_AddsToWhatWasSpent()
    {
        Assert.Throws<InvalidOperationException>(() => Make(_ => throw new InvalidOperationException("killed")));
        double before = StageCost.Read(Output + ".partial")!.Seconds;

        Make(_ => { });

        var cost = StageCost.Read(Output)!;
        Assert.Equal(2, cost.Sessions);
        Assert.True(cost.Seconds > before);
    }

    [Fact]
    public void Make_UpToDate_ChangesNothing()
    {
        Make(_ => { });
        string before = File.ReadAllText(Path.Combine(Output, StageCost.FileName));

        Make(_ => { });

        Assert.Equal(before, File.ReadAllText(Path.Combine(Output, StageCost.FileName)));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("no json")]
    public void Read_NothingOrDamaged_IsMissing(string? text)
    {
        if (text is not null)
        {
            File.WriteAllText(_folder.At(StageCost.FileName), text);
        }

        Assert.Null(StageCost.Read(_folder.Path));
    }

    /// <inheritdoc/>
    public void Dispose() => _folder.Dispose();

    private void Make(Action<string> work)
        => StageDirectory.Make(Output, StageKey.Create("test", 1, new { seed = 1 }), SilentProgress.Instance, partial =>
        {
            work(partial);
            return [];
        });
}
