using FuseSharp.Errors;
using FuseSharp.Evaluation.Evaluate;
using FuseSharp.Files;
using FuseSharp.Models;
using FuseSharp.Pipeline.Check;
using FuseSharp.Pipeline.Compare;
using FuseSharp.Pipeline.Plan;
using FuseSharp.Pipeline.Recipes;
using FuseSharp.Storage.Artifacts;
using FuseSharp.Storage.Ranks;

namespace FuseSharp.Pipeline;

/// <summary>Does a whole fusion from a recipe.</summary>
public static class FusionRun
{
    /// <summary>Does what is missing or out of date in the recipe's output folder. Run again, a run that was ended continues where it was.</summary>
    /// <param name="recipe">From <see cref="RecipeReader"/>, or made in code, with paths relative to the working directory. It is checked first.</param>
    /// <param name="options">Where it runs and who is told; by default the processor, and nobody.</param>
    /// <param name="cancellation">Ends the run within a batch.</param>
    /// <returns>The model and what it was compared with.</returns>
    /// <exception cref="UsageException">Errors of the recipe, all of them; another process runs in the same folder.</exception>
    /// <exception cref="FuseSharpException">A model, a text or the disk stands in the way. What is finished stays.</exception>
    /// <exception cref="OperationCanceledException">The run was ended.</exception>
    public static Task<FusionResult> RunAsync(Recipe recipe, FusionRunOptions? options = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(recipe);
        recipe = RecipeReader.WithAbsolutePaths(recipe, Directory.GetCurrentDirectory()); // the run's folder keeps the recipe, and may be read from elsewhere
        return Task.Run(() => Run(recipe, options ?? new FusionRunOptions(), cancellation), cancellation);
    }

    private static FusionResult Run(Recipe recipe, FusionRunOptions options, CancellationToken cancellation)
    {
        var ranks = options.Ranks;
        var device = ModelDevice.Find(options.Device, ranks.Count > 1 ? ranks.LocalRank : null);
        FusionCheck.Run(recipe);
        recipe = RecipePrecision.Resolve(RecipeDefaults.Resolve(recipe), device, options.Progress, ranks);
        RankAgreement.CheckLines(ranks, "recipe", RecipeWriter.ToYaml(recipe));
        var plan = FusionPlan.Create(recipe); // before any costly work: it reads every model's shape
        var context = new StepContext(recipe, device, new StageContext(options.Progress, cancellation) { Ranks = ranks }) { Repairs = options.Repairs };
        using var held = ranks.Rank == 0 ? Begin(plan, context) : null;
        foreach (var step in plan.Steps)
        {
            context.Do(step);
        }

        return ResultOf(plan, ranks.Rank == 0);
    }

    private static IDisposable Begin(FusionPlan plan, StepContext context)
    {
        var held = plan.Folder.Claim(plan.Recipe.Models.Select(m => m.Files));
        try
        {
            var (warnings, isOfLength) = FusionWarnings.Find(plan.Recipe);
            foreach (string warning in warnings)
            {
                context.Stage.Progress.Say($"Warning: {warning}");
            }

            context.WarnsOfLength = !isOfLength;
            RecipeWriter.Write(plan.Folder.EffectiveRecipe, plan.Recipe);
            return held;
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    private static FusionResult ResultOf(FusionPlan plan, bool writesCards)
    {
        string[] domains = [.. plan.Recipe.Texts.Keys];
        ComparisonRow[] rows = [.. plan.Compared.All.Select(c => new ComparisonRow(c.Name, [.. c.Runs.Select(r => EvaluateStage.Read(plan.Folder.Evaluate(r.Name)))]) { Role = c.Role })];
        var table = new ComparisonTable(domains, rows) { Skipped = plan.Skipped };
        var verdict = FusionVerdict.Create(rows, domains, VerdictEvidence.Read(plan.Folder, plan.Compared.Result));
        string[] models = [.. plan.Compared.Result.Runs.Select(r => r.Model!)];
        foreach (string model in writesCards ? models : [])
        {
            RunCard.Create(plan.Recipe, ModelName.FromPath(model), table, verdict?.Sentence ?? "").Write(model);
        }

        if (writesCards)
        {
            verdict?.Write(plan.Folder.Verdict);
        }

        string[] samples = plan.Recipe.Generate.Prompt.Length == 0 ? [] : [.. SampleStage.Read(plan.Folder.Samples(models[0])).Take(1).Select(s => s.Prompt + s.Continuation)];
        return new FusionResult(models, table, verdict) { Sample = samples.FirstOrDefault() };
    }
}
