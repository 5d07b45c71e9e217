using FuseSharp.Errors;
using FuseSharp.Progress;
using FuseSharp.Storage.Artifacts;
using FuseSharp.Testing;

namespace FuseSharp.Storage.Tests.Artifacts;

public sealed class RankAgreementTests : IDisposable
{
    private readonly ScratchFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("test", 2, "would make another 'RUN/out' than rank 0: test.epochs 1 → 2")]
    [InlineData("other", 1, "makes 'RUN/out' by 'other' where rank 0 makes 'RUN/out' by 'test'")]
    public void Make_ARankWithAnotherKey_IsNamedByAllBeforeAnythingIsWritten(string stage, int epochs, string reason)
    {
        string[] faults = ThreadProcessGroup.Run(3, ranks =>
        {
            var key = ranks.Rank == 1 ? StageKey.Create(stage, 1, new { epochs }) : StageKey.Create("test", 1, new { epochs = 1 });
            return Assert.Throws<UsageException>(() => StageDirectory.Make(_folder.At("out"), key, SilentProgress.Instance, _ => [], ranks)).Message;
        });

        Assert.All(faults, f => Assert.Contains(reason.Replace("RUN", Path.GetFileName(_folder.Path), StringComparison.Ordinal), f, StringComparison.Ordinal));
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder.Path));
    }
}
