using FuseSharp.Core.Artifacts;
using FuseSharp.Core.Progress;
using FuseSharp.Core.Recipes;
using FuseSharp.Core.Records;

namespace FuseSharp.Core.Pack;

/// <summary>Stage 5: the target's <see cref="Representation"/> and every source's rows → <see cref="PackedBlock"/>.</summary>
public static class PackStage
{
    /// <summary>Runs the stage, going on at the first missing shard; a shard holds the blocks of one group of documents.</summary>
    /// <param name="target">The target's representations.</param>
    /// <param name="sources">For every source its name, its representations and its aligned rows.</param>
    /// <param name="blockLength">Tokens of a block.</param>
    /// <param name="options">How.</param>
    /// <param name="output">Where.</param>
    /// <param name="progress">Gets documents.</param>
    /// <param name="cancellation">Ends the stage between two documents.</param>
    public static Manifest Run(
        string target, IReadOnlyList<(string Name, string Representations, string Aligned)> sources, int blockLength, PackOptions options, StageOutput output,
        IProgressReporter progress, CancellationToken cancellation)
    {
        using var join = new DocumentJoin(target, sources);
        var key = StageKey.Of("pack", 2, new { options.GroupSize, blockLength, output.Compression },
            [("target", join.Target.Key), .. sources.Select(s => ($"aligned.{s.Name}", Manifest.Read(s.Aligned).Key)), .. sources.Select(s => ($"represented.{s.Name}", Manifest.Read(s.Representations).Key))]);
        int vocabulary = (int)join.Target.Figures["vocabulary"];
        Dictionary<string, double> Constants()
            => new() { ["models"] = sources.Count + 1, ["vocabulary"] = vocabulary, ["block_length"] = blockLength, ["left_out"] = join.LeftOut };
        return StageShards.Make(output, key, progress, Constants, shards =>
        {
            var table = new PackedTable(sources.Count + 1, vocabulary);
            using var bar = progress.Start("pack", join.Count, "documents");
            for (int group = 0; group * (long)options.GroupSize < join.Count; group++)
            {
                string name = Shards.NameOf(group);
                int size = Math.Min(options.GroupSize, join.Count - (group * options.GroupSize));
                if (!shards.Needs(name))
                {
                    bar.Advance(size);
                    continue;
                }

                var tally = new ShardTally();
                var documents = join.Take(group * options.GroupSize, size).Select(d =>
                {
                    cancellation.ThrowIfCancellationRequested();
                    bar.Advance(1);
                    return d;
                });
                var blocks = BlockPacker.Pack(documents, blockLength, options.GroupSize).Select(b =>
                {
                    tally.Add("blocks", 1);
                    tally.Add("tokens", b.Ids.Length);
                    return b;
                });
                // A block a row group: training reads any block without its neighbours.
                shards.Write(name, table.Schema, blocks, table.ToBatch, tally, rowsPerGroup: 1);
            }
        });
    }
}
