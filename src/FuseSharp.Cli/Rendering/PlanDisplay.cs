using FuseSharp.Pipeline.Plan;
using static TorchSharp.torch;

namespace FuseSharp.Cli.Rendering;

/// <summary>Prints what a run would do.</summary>
internal static class PlanDisplay
{
    public static void Show(FusionPlan plan, Device device, TextWriter output)
    {
        var states = plan.States(device);
        int width = states.Max(s => s.Step.Name.Length);
        foreach (var state in states)
        {
            output.WriteLine($"{state.Step.Name.PadRight(width)}  {state.Text}");
        }

        foreach (var (name, why) in plan.Skipped)
        {
            output.WriteLine($"{name.PadRight(width)}  skipped: {why}");
        }

        int open = states.Count(s => !s.IsUpToDate);
        string folder = plan.Recipe.Output;
        output.WriteLine(open == 0 ? $"Nothing to do in {folder}, but the report." : FormattableString.Invariant($"{open} of {states.Count} to do in {folder}, and the report."));
    }
}
