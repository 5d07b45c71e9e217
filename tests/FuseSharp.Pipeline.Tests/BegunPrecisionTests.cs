using FuseSharp.Models.Scoring;
using FuseSharp.Pipeline.Stages;
using FuseSharp.Progress;
using FuseSharp.Storage.Artifacts;
using FuseSharp.Testing;
using static TorchSharp.torch;

namespace FuseSharp.Pipeline.Tests;

/// <summary>A stage that was begun goes on in its number type, whatever 'auto' would come to now.</summary>
public sealed class BegunPrecisionTests : IDisposable
{
    private static readonly Precision _here = WorkingType.Choose(Precision.Auto, CPU);
    private static readonly Precision _other = _here == Precision.Bfloat16 ? Precision.Float32 : Precision.Bfloat16;

    private readonly ScratchFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Choose_NothingIsThere_IsWhatThisProcessorPrefers() => Assert.Equal(_here, Choose(Precision.Auto));

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Choose_BegunOrFinishedInTheOtherType_GoesOnInIt(bool finished)
    {
        Make(Key(_other), finished);

        Assert.Equal(_other, Choose(Precision.Auto));
        Assert.Equal(_here, Choose(_here)); // what is asked for counts
    }

    [Fact]
    public void Choose_BegunWithOtherSettings_IsWhatThisProcessorPrefers()
    {
        Make(StageKey.Create("test", 1, new { epochs = 7, type = _other }), finished: false);

        Assert.Equal(_here, Choose(Precision.Auto));
    }

    private Precision Choose(Precision asked) => BegunPrecision.Choose(asked, CPU, _folder.At("out"), p => Key(p).Hash);

    private static StageKey Key(Precision type) => StageKey.Create("test", 1, new { epochs = 1, type });

    private void Make(StageKey key, bool finished)
    {
        void Run() => StageDirectory.Make(_folder.At("out"), key, SilentProgress.Instance, partial =>
        {
            File.WriteAllText(Path.Combine(partial, "half"), "");
            return finished ? [] : throw new OperationCanceledException();
        });
        if (finished)
        {
            Run();
            return;
        }

        Assert.ThrowsAny<OperationCanceledException>(Run);
    }
}
