using FuseSharp.Pipeline;
using FuseSharp.Pipeline.Recipes;
using FuseSharp.Testing;

namespace FuseSharp.EndToEnd.Tests;

/// <summary>A run whose files were deleted, moved or mixed up by somebody.</summary>
public sealed class ChangedFilesTests
{
    [Fact]
    public async Task Run_WeightsDeleted_SaysSoAndMakesThemAgain()
    {
        using var folder = new ScratchFolder();
        string[] arguments = ["run", TinyFusion.Write(folder), .. TinyFusion.Settings];
        string weights = folder.At("run/06-train/fused-seed42/model.safetensors");
        await CommandRun.SucceedAsync(arguments);
        byte[] before = File.ReadAllBytes(weights);
        File.Delete(weights);

        var (_, dry, _) = await CommandRun.HereAsync([.. arguments, "--dry-run"]);
        string again = await CommandRun.ProgressOfAsync(arguments);

        Assert.Matches("train fused-seed42 +again: 'model.safetensors' is missing", dry);
        Assert.Contains("again, because 'model.safetensors' is missing", again, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllBytes(weights));
    }

    [Fact]
    public async Task Pack_SourcesInAnotherOrderThanTheirRows_IsRefused()
    {
        using var folder = new ScratchFolder();
        await CommandRun.SucceedAsync(["run", TinyFusion.Write(folder), .. TinyFusion.Settings]);
        string At(string part) => folder.At("run/" + part);

        var (code, _, errors) = await CommandRun.HereAsync(
            "pack", "--target-represented", At("02-represent/security"), "--source-represented", At("02-represent/data"), At("02-represent/web"),
            "--aligned", At("04-align/web"), At("04-align/data"), "--output", folder.At("packed"));

        Assert.Equal(2, code);
        Assert.Contains($"'{At("04-align/web")}' was aligned from other representations than those in '{At("02-represent/data")}'", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RunAsync_RelativePaths_LeavesARecipeThatReadsAnywhere()
    {
        using var folder = new ScratchFolder();
        var recipe = RecipeReader.Read(TinyFusion.Write(folder));
        string relative = Path.GetRelativePath(Directory.GetCurrentDirectory(), recipe.Target);

        await FusionRun.RunAsync(recipe with { Target = relative, Train = recipe.Train with { Precision = FuseSharp.Models.Scoring.Precision.Float32 } }, cancellation: TestContext.Current.CancellationToken);

        Assert.Equal(recipe.Target, RecipeReader.Read(folder.At("run/recipe.yaml")).Target);
        await Assert.ThrowsAsync<ArgumentNullException>(() => FusionRun.RunAsync(null!, cancellation: TestContext.Current.CancellationToken));
    }
}
