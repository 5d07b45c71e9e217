using System.Buffers.Binary;
using System.Globalization;
using System.Text.Json;
using FuseSharp.Storage.Artifacts;
using FuseSharp.Testing;

namespace FuseSharp.Cases.Tests.Work;

public sealed class StoppedTrainingCases : IDisposable
{
    private readonly ScratchFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact(Skip = SharedData.MissingReason, SkipType = typeof(CaseFolder), SkipWhen = nameof(CaseFolder.IsMissing))]
    [Case("work/early-stop-final-loss-0")]
    [Case("work/tensorboard-first-event")]
    public async Task EarlyStop_HasTheLossOfItsLastStepsAndEventsInUnixSeconds()
    {
        string recipe = File.ReadAllText(CaseFolder.At("work/early-stop-final-loss-0", "recipe.yaml"))
            .Replace("REPO/assets/models/security", DemoModels.Path("security"), StringComparison.Ordinal)
            .Replace("REPO/assets/models/web", DemoModels.Path("web"), StringComparison.Ordinal)
            .Replace("one-step-lr0/", CaseFolder.At("work/one-step-lr0") + "/", StringComparison.Ordinal);
        File.WriteAllText(_folder.At("recipe.yaml"), recipe);
        await CommandRun.SucceedAsync("run", _folder.At("recipe.yaml"));

        string trained = _folder.At("stop/06-train/fused-seed42");
        double[] losses = [.. File.ReadLines(Path.Combine(trained, "log.jsonl")).Select(l => JsonDocument.Parse(l).RootElement.GetProperty("loss").GetDouble())];
        var figures = Manifest.Read(trained).Figures;
        Assert.Equal(losses.Length, figures["steps"]);
        Assert.InRange(losses.Length, 1, 35); // it ended early
        Assert.Equal(losses[(losses.Length * 9 / 10)..].Average(), figures["final_loss"], 12);

        string events = Assert.Single(Directory.EnumerateFiles(Path.Combine(trained, "tensorboard")));
        double first = BinaryPrimitives.ReadDoubleLittleEndian(File.ReadAllBytes(events).AsSpan(13)); // after length, checksum and the key of wall_time
        Assert.InRange(first, 1.6e9, 1e10);
        Assert.Equal((long)first, long.Parse(Path.GetFileName(events).Split('.')[3], CultureInfo.InvariantCulture));
    }
}
