using System.CommandLine;
using System.Globalization;
using FuseSharp.Core.Recipes;
using FuseSharp.Torch.Plan;
using FuseSharp.Torch.Scoring;
using static TorchSharp.torch;

namespace FuseSharp.Cli.Commands;

internal static class PlanCommand
{
    public static Command Create()
    {
        var recipe = CheckCommand.RecipeFile();
        var settings = CheckCommand.Settings();
        var memory = new Option<double>("--memory") { Description = "Memory that there is for each rank, GB; 0 takes this machine's.", DefaultValueFactory = _ => 0 };
        var flops = new Option<double>("--flops") { Description = "Floating-point operations a second that training reaches in each rank; 0 measures this machine for a second.", DefaultValueFactory = _ => 0 };
        var ranks = new Option<int?>("--ranks") { Description = "Processes that mpirun or srun will start, 1–100,000 (default the recipe's ranks)." };
        var device = CommonOptions.Device();
        var command = new Command("plan", "Says what memory, disk and time a recipe takes, before anything is loaded, and what to change if it does not fit.") { recipe, settings, memory, flops, ranks, device };
        command.SetAction(parsed =>
        {
            var read = RecipeReader.Read(parsed.GetRequiredValue(recipe), parsed.GetValue(settings));
            read = read with { Ranks = parsed.GetValue(ranks) ?? read.Ranks };
            read = CheckCommand.Checked(read);
            var place = CommonOptions.DeviceOf(parsed.GetRequiredValue(device));
            var type = WorkingType.Of(read.Represent.Precision, place);
            double limit = parsed.GetValue(memory) is > 0 and var given ? given * 1e9 : GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
            double speed = parsed.GetValue(flops) is > 0 and var known ? known : MachineSpeed.Measure(type, place);
            Show(RunPlan.Of(read, type == ScalarType.Float32 ? 4 : 2, limit, speed), read.Ranks, limit, speed);
            CheckCommand.SayWarnings(read);
            return 0;
        });
        return command;
    }

    private static void Show(RunPlan plan, int ranks, double limit, double speed)
    {
        void Line(FormattableString line) => Console.WriteLine(line.ToString(CultureInfo.InvariantCulture));
        Line($"{"stage",-12} {"memory GB",10} {"disk GB",10} {"operations",12} {"hours",8}");
        foreach (var stage in plan.Stages)
        {
            Line($"{stage.Name,-12} {stage.MemoryBytes / 1e9,10:F2} {stage.DiskBytes / 1e9,10:F3} {stage.Operations,12:E2} {stage.Seconds / 3600,8:F2}");
        }

        Line($"Training: {plan.Length} in each of {plan.Trainings} training{(plan.Trainings == 1 ? "" : "s")}.");
        Line($"Training: weights {plan.Memory.Weights / 1e9:F2} GB, optimizer {plan.Memory.Optimizer / 1e9:F2}, activations {plan.Memory.Activations / 1e9:F2}, work {plan.Memory.Work / 1e9:F2}; in {(ranks == 1 ? "one process" : FormattableString.Invariant($"each of {ranks} ranks"))}, at {speed / 1e9:F0} GFLOP/s.");
        Line($"{(plan.Advice.Count == 0 ? "It fits" : "It does not fit")} into {limit / 1e9:F1} GB.");
        foreach (string advice in plan.Advice)
        {
            Line($"  {advice}");
        }
    }
}
