using FuseSharp.Pipeline.Compare;
using FuseSharp.Pipeline.Plan;
using FuseSharp.Pipeline.Recipes;
using static TorchSharp.torch;

namespace FuseSharp.Cli.Rendering;

/// <summary>Prints what a run would do.</summary>
internal static class PlanDisplay
{
    public static void Show(Recipe recipe, Device device, TextWriter output)
    {
        var steps = RunSteps.Of(recipe, device);
        int width = steps.Max(s => s.Name.Length);
        foreach (var step in steps)
        {
            output.WriteLine($"{step.Name.PadRight(width)}  {step.State}");
        }

        foreach (var (name, why) in new Contenders(recipe, new RunFolder(recipe.Output)).NotMade)
        {
            output.WriteLine($"{name.PadRight(width)}  not made: {why}");
        }

        int open = steps.Count(s => s.State != RunStep.UpToDate);
        output.WriteLine(open == 0 ? $"Nothing to do in {recipe.Output}, but the report." : FormattableString.Invariant($"{open} of {steps.Count} to do in {recipe.Output}, and the report."));
    }
}
