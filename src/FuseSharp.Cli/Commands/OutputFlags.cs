using System.CommandLine;
using FuseSharp.Cli.Rendering;
using FuseSharp.Progress;
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
        DefaultValueFactory = _ => ShardPart.Whole.ToString(),
    };

    private readonly Option<ShardCompression> _compression = new("--compression")
    {
        Description = "Compression of the shards: none, lz4 or zstd. zstd is smallest, none is fastest.",
        DefaultValueFactory = _ => ShardCompression.None,
    };

    private readonly Option<bool> _repair = new("--repair") { Description = "Checks the checksums of shards that are there and makes damaged ones again." };

    private readonly Option<bool> _skip = new("--skip-bad-documents")
    {
        Description = "Leaves out documents that cannot be read or for which a model gives NaN, for all models alike, and lists them in manifest.json; without it they end the stage.",
    };

    public void AddTo(Command command)
    {
        foreach (var option in new Option[] { _folder, _part, _compression, _repair, _skip })
        {
            command.Options.Add(option);
        }
    }

    /// <summary>Runs a stage with its output, rank 0 showing progress.</summary>
    public int Run(ParseResult parsed, Action<StageOutput, IProgressReporter> stage)
    {
        var output = Read(parsed);
        return ProgressDisplay.Run(progress =>
        {
            stage(output, progress);
            return 0;
        });
    }

    private StageOutput Read(ParseResult parsed) => new(parsed.GetRequiredValue(_folder))
    {
        Part = ShardPart.Parse(parsed.GetRequiredValue(_part)),

        // Processes that are given parts of their own have nothing to agree on.
        Ranks = parsed.GetResult(_part) is { Implicit: false } ? SingleRank.Instance : JobRanks.Join(),
        Compression = parsed.GetValue(_compression),
        Repairs = parsed.GetValue(_repair),
        SkipsBadDocuments = parsed.GetValue(_skip),
    };
}
