using FuseSharp.Core.Recipes;
using FuseSharp.Torch.Compare;

namespace FuseSharp.Cli.Rendering;

/// <summary>Prints what a run would do.</summary>
internal static class PlanDisplay
{
    public static void Show(Recipe recipe, TextWriter output)
    {
        var run = new RunFolder(recipe.Output);
        Line(output, "split", string.Join(", ", recipe.Texts.Keys), run.Split);
        foreach (string model in recipe.Sources.Prepend(recipe.Target))
        {
            Line(output, "represent", model, run.Represent(model));
        }

        foreach (string source in recipe.Sources)
        {
            if (recipe.Align.UsesMap())
            {
                Line(output, "map", $"{Recipe.NameOf(source)}'s vocabulary onto {Recipe.NameOf(recipe.Target)}'s", run.Map(source));
            }

            Line(output, "align", $"{Recipe.NameOf(source)} onto {Recipe.NameOf(recipe.Target)}", run.Align(source));
        }

        Line(output, "pack", $"blocks of {recipe.Split.MaxLength} tokens", run.Pack);
        var contenders = new Contenders(recipe, run);
        foreach (var (contender, entry) in contenders.All.SelectMany(c => c.Entries.Select(e => (c, e))))
        {
            if (entry.Training is not null || entry.Merge is not null)
            {
                Line(output, entry.Merge is null ? "train" : "merge", contender.Name, entry.Model!);
            }
        }

        foreach (var (name, why) in contenders.NotMade)
        {
            output.WriteLine($"{"not made",-10} {name}: {why}");
        }

        Line(output, "evaluate", "every model on the test texts", run.Report);
    }

    private static void Line(TextWriter output, string stage, string what, string where)
        => output.WriteLine($"{stage,-10} {what} -> {where}{(Directory.Exists(where) ? " (exists; done again only if out of date)" : "")}");
}
