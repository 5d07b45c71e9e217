using System.CommandLine;
using FuseSharp.Cli.Ranks;
using FuseSharp.Cli.Rendering;
using FuseSharp.Storage.Artifacts;
using FuseSharp.Storage.Ranks;

namespace FuseSharp.Cli.Commands;

/// <summary>Where a data stage writes and how, as flags of its command.</summary>
internal sealed class OutputFlags(string what)
{
    private readonly Option<string> _folder = CommonOptions.Output(what);

    private readonly Option<string> _part = new("--shard")
    {
        Description = "Make only part i of n, as i/n with i from 0: machines that each make one part share the work without talking to each other. All write to the same --output, which the next stage reads as one.",
        DefaultValueFactory = _ => MachinePart.Whole.ToString(),
    };

    private readonly Option<bool> _repair = new("--repair") { Description = "Verifies the checksums of existing shards and rebuilds damaged ones." };

    public void AddTo(Command command)
    {
        foreach (var option in new Option[] { _folder, _part, _repair })
        {
            command.Options.Add(option);
        }
    }

    /// <summary>Runs a stage with its output, rank 0 showing progress.</summary>
    public int Run(ParseResult parsed, StoreOptions store, Action<StageOutput, StageContext> stage, CancellationToken cancellation)
    {
        var output = Read(parsed, store);

        // Processes that are given parts of their own have nothing to agree on.
        var ranks = parsed.GetResult(_part) is { Implicit: false } ? SingleProcess.Instance : CommandRanks.Join();
        return ProgressDisplay.Run(progress =>
        {
            stage(output, new StageContext(progress, cancellation) { Ranks = ranks });
            return 0;
        });
    }

    private StageOutput Read(ParseResult parsed, StoreOptions store) => new(parsed.GetRequiredValue(_folder))
    {
        Part = MachinePart.Parse(parsed.GetRequiredValue(_part)),
        Compression = store.Compression,
        Repairs = parsed.GetValue(_repair),
        SkipsBadDocuments = store.SkipBadDocuments,
    };
}
