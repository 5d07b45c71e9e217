using System.CommandLine;
using System.Globalization;
using FuseSharp.Errors;
using FuseSharp.Evaluation.Code;
using FuseSharp.Models;
using FuseSharp.Models.Native;
using FuseSharp.Models.Scoring;
using FuseSharp.Pipeline.Train.Exchange;
using FuseSharp.Storage.Artifacts;
using FuseSharp.Storage.Ranks;
using TorchSharp;

namespace FuseSharp.Cli.Commands;

internal static class DoctorCommand
{
    private static readonly string[] _features = ["avx2", "avx512f", "avx512_bf16", "amx_bf16"];

    public static Command Create()
    {
        var device = CommonOptions.Device();
        var command = new Command("doctor", "Prints what this machine has and what FuseSharp makes of it: libtorch, graphics processors, measured rates and the precision that auto takes. Ends with code 2 where the device asked for is missing.") { device };
        command.SetAction(parsed =>
        {
            foreach (var (name, value) in Findings())
            {
                Console.WriteLine($"{name,-20} {value}");
            }

            CommonOptions.DeviceOf(parsed.GetRequiredValue(device)); // says what is missing, after all that is there
            return 0;
        });
        return command;
    }

    private static IEnumerable<(string, string)> Findings()
    {
        yield return ("fusesharp", typeof(LanguageModel).Assembly.GetName().Version!.ToString(3));
        yield return ("machine", Machine.Description);
        yield return ("instructions", string.Join(' ', _features.Where(Machine.Features.Contains)) is { Length: > 0 } known ? known : "not known here");
        yield return ("libtorch", $"{LibTorch.Folder ?? "beside the program"}{(torch.cuda.is_available() ? ", with CUDA" : "")}");
        yield return ("libtorch of Python", OfPython());
        yield return ("graphics processors", GraphicsProcessor.FindAll() is { Count: > 0 } found ? string.Join(", ", found.Select(g => $"{g.Name} ({Gigabytes(g.Bytes)})")) : "none");
        var rates = MatrixRates.OfThisProcessor;
        yield return ("matrix products", FormattableString.Invariant($"float32 {rates.Float32 / 1e9:F0} GFLOP/s, bfloat16 {rates.Bfloat16 / 1e9:F0} ({rates.Gain:F2} ×), on {torch.get_num_threads()} threads"));
        yield return ("precision auto", string.Create(CultureInfo.InvariantCulture, $"{WorkingType.Choose(Precision.Auto, torch.CPU).ToString().ToLowerInvariant()} on the processor (bfloat16 from {WorkingType.LeastGain:F1} × on), bfloat16 on CUDA"));
        yield return ("Open MPI", MpiLauncher.IsInstalled ? "found" : "not found: several ranks need it (Debian: apt-get install openmpi-bin)");
        yield return ("NCCL", DeviceExchange.Describe());
        yield return ("sandbox", Sandbox.FindProgram("bwrap") ?? "not found: benchmarks whose answers are programs need it (Debian: apt-get install bubblewrap)");
        yield return ("free disk here", Gigabytes(new DriveInfo(Directory.GetCurrentDirectory()).AvailableFreeSpace));
    }

    private static string OfPython()
    {
        try
        {
            return $"{NamedLibTorch.Find(NamedLibTorch.Python)}: FUSESHARP_LIBTORCH=python takes it";
        }
        catch (FuseSharpException fault)
        {
            return $"none: {fault.Message.Split(". ")[0]}";
        }
    }

    private static string Gigabytes(long bytes) => FormattableString.Invariant($"{bytes / 1e9:F0} GB");
}
