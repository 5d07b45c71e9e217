using System.CommandLine;
using System.Globalization;
using FuseSharp.Errors;
using FuseSharp.Models.Scoring;
using FuseSharp.Pipeline.Plan;
using FuseSharp.Pipeline.Recipes;
using static TorchSharp.torch;

namespace FuseSharp.Cli.Commands;

internal static class PlanCommand
{
    public static Command Create()
    {
        var settings = CheckCommand.Settings();
        var recipe = CheckCommand.RecipeFile(settings);
        var memory = new Option<double>("--memory") { Description = "Memory per rank in GB (0: this machine's).", DefaultValueFactory = _ => 0 };
        var flops = new Option<double>("--flops") { Description = "Sustained FLOP/s per rank, such as 2e14 (0: benchmark this machine for one second).", DefaultValueFactory = _ => 0 };
        var ranks = new Option<int?>("--ranks") { Description = "Processes that mpirun or srun starts, 1–100,000 (default the recipe's ranks)." };
        var device = CommonOptions.Device();
        var command = new Command("plan", "Estimates the memory, disk and time that a recipe takes, before anything is loaded, and says what to change if it does not fit.") { recipe, settings, memory, flops, ranks, device };
        command.SetAction(parsed =>
        {
            string[] faults = [.. new[] { memory, flops }.Where(o => parsed.GetValue(o) < 0).Select(o => FormattableString.Invariant($"{o.Name} is {parsed.GetValue(o)}, expected 0 or more."))];
            if (faults.Length > 0 || parsed.GetValue(ranks) is < 1 or > 100_000)
            {
                throw new UsageException(string.Join('\n', faults.Length > 0 ? faults : [FormattableString.Invariant($"--ranks is {parsed.GetValue(ranks)}, expected 1 to 100,000.")]));
            }

            var read = RecipeReader.Read(parsed.GetRequiredValue(recipe), parsed.GetValue(settings));
            read = read with { Ranks = parsed.GetValue(ranks) ?? read.Ranks };
            var place = CommonOptions.DeviceOf(parsed.GetRequiredValue(device));
            read = RecipePrecision.Resolve(CheckCommand.CheckedAhead(read), place);
            var type = WorkingType.Resolve(read.Represent.Precision, place);
            double limit = parsed.GetValue(memory) is > 0 and var given ? given * 1e9 : GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
            double speed = parsed.GetValue(flops) is > 0 and var known ? known : MachineSpeed.Measure(type, place);
            var plan = FusionPlan.Create(read);
            Show(FusionEstimate.Compute(plan, type == ScalarType.Float32 ? 4 : 2, limit, speed), read.Ranks, limit, speed);
            foreach (var (name, why) in plan.Skipped)
            {
                Console.WriteLine($"Skipped: {name}, because {why}.");
            }

            CheckCommand.SayWarnings(read);
            return 0;
        });
        return command;
    }

    private static string Operations(double count) => double.IsNaN(count) ? "–" : count.ToString("E2", CultureInfo.InvariantCulture);

    private static string Time(double seconds)
        => double.IsNaN(seconds) ? "–"
            : seconds < 60 ? FormattableString.Invariant($"{seconds:F0} s")
            : seconds < 3600 ? FormattableString.Invariant($"{seconds / 60:F0} min")
            : FormattableString.Invariant($"{seconds / 3600:N1} h");

    private static void Show(FusionEstimate plan, int ranks, double limit, double speed)
    {
        void Line(FormattableString line) => Console.WriteLine(line.ToString(CultureInfo.InvariantCulture));
        Line($"{"stage",-12} {"memory GB",10} {"disk GB",10} {"operations",12} {"time",8}");
        foreach (var stage in plan.Stages)
        {
            Line($"{stage.Name,-12} {stage.MemoryBytes / 1e9,10:F2} {stage.DiskBytes / 1e9,10:F3} {Operations(stage.Operations),12} {Time(stage.Seconds),8}");
        }

        Line($"Training: {plan.Length} in each of {plan.Trainings} training{(plan.Trainings == 1 ? "" : "s")}.");
        Line($"Training: weights {plan.Memory.Weights / 1e9:F2} GB, optimizer {plan.Memory.Optimizer / 1e9:F2}, activations {plan.Memory.Activations / 1e9:F2}, work {plan.Memory.Work / 1e9:F2}{(ranks == 1 ? "" : FormattableString.Invariant($", exchange {plan.Memory.Exchange / 1e9:F2}"))}; in {(ranks == 1 ? "one process" : FormattableString.Invariant($"each of {ranks} ranks"))}, at {speed / 1e9:F0} GFLOP/s.");
        Line($"{(plan.Advice.Count == 0 ? "It fits" : "It does not fit")} into {limit / 1e9:F1} GB.");
        foreach (string advice in plan.Advice)
        {
            Line($"  {advice}");
        }
    }
}
