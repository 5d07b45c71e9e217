using FuseSharp.Errors;
using FuseSharp.Files;
using FuseSharp.Fusion.Conversations;
using FuseSharp.Fusion.Records;
using FuseSharp.Storage.Artifacts;


namespace FuseSharp.Fusion.Pack;

/// <summary>Stage 5: the target's <see cref="Representation"/> and every source's rows → <see cref="PackedBlock"/>.</summary>
public static class PackStage
{
    // Only where texts hold conversations.
    private const string LearnedFigure = "learned_tokens";

    /// <summary>Runs the stage, going on at the first missing shard; a shard holds the blocks of one group of documents.</summary>
    /// <param name="target">The target's representations.</param>
    /// <param name="sources">For every source its name, its representations and its aligned rows.</param>
    /// <param name="blockLength">Tokens of a block.</param>
    /// <param name="options">How.</param>
    /// <param name="output">Where.</param>
    /// <param name="context">Gets pieces; its cancellation ends the stage between two documents.</param>
    public static Manifest Run(
        string target, IReadOnlyList<(string Name, string Representations, string Aligned)> sources, int blockLength, PackOptions options, StageOutput output,
        StageContext context)
    {
        var (progress, cancellation) = context;
        bool asReference = IsReference(sources);
        foreach (var source in sources)
        {
            CheckBelong(source.Representations, target, source.Aligned);
        }

        using var join = new DocumentJoin(target, sources, options.Metric, asReference);
        var key = KeyOf(
            (NameOf(target), join.Target.Key), [.. sources.Select(s => (s.Name, Manifest.Read(s.Representations).Key, Manifest.Read(s.Aligned).Key))], blockLength, options,
            asReference ? MethodSettings.Reference : MethodSettings.Default, output.Compression, join.Conversations) with
        { Paths = [target, .. sources.SelectMany(s => new[] { s.Representations, s.Aligned })] };
        int vocabulary = join.Target.Count("vocabulary");
        Dictionary<string, double> Constants()
            => new() { ["models"] = sources.Count + 1, ["vocabulary"] = vocabulary, ["block_length"] = blockLength, ["left_out"] = join.LeftOut };
        return ShardedStage.Make(output, key, context, Constants, shards =>
        {
            var table = new PackedTable(sources.Count + 1, vocabulary, asReference ? ScoreUnit.Logit : ScoreUnit.LogProbability, join.Conversations is not null);
            using var bar = progress.Start("pack", join.Count, "pieces");
            for (int group = 0; group * (long)options.GroupSize < join.Count; group++)
            {
                string name = Shards.NameOf(group);
                int size = Math.Min(options.GroupSize, join.Count - (group * options.GroupSize));
                if (!shards.Needs(name))
                {
                    bar.Skip(size);
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
                    if (join.Conversations is not null)
                    {
                        tally.Add(LearnedFigure, b.Predicted);
                    }

                    return b;
                });
                // A block a row group: training reads any block without its neighbours.
                shards.Write(name, table.Schema, blocks, table.ToBatch, tally, rowsPerGroup: 1);
            }

            bar.Complete();
        });
    }

    /// <summary>What decides the output.</summary>
    /// <param name="target">The target's name and the key of its representations.</param>
    /// <param name="sources">For every source its name and the keys of its representations and its aligned rows.</param>
    /// <param name="blockLength">Tokens of a block.</param>
    /// <param name="options">How.</param>
    /// <param name="settings">By which the rows were aligned.</param>
    /// <param name="compression">Of the shards.</param>
    /// <param name="conversations">How the target reads conversations; null where the texts hold none.</param>
    public static StageKey KeyOf(
        (string Name, string Represented) target, IReadOnlyList<(string Name, string Represented, string Aligned)> sources, int blockLength, PackOptions options, MethodSettings settings, ShardCompression compression,
        RepresentedConversations? conversations = null)
    {
        var settled = new Dictionary<string, object>
        {
            ["models"] = sources.Select(s => s.Name).Prepend(target.Name),
            ["group_size"] = options.GroupSize,
            ["metric"] = options.Metric,
            ["block_length"] = blockLength,
            ["settings"] = settings,
            ["compression"] = compression,
        };
        if (conversations is not null)
        {
            settled[ConversationReading.Name] = conversations;
        }

        if (options.Attention == BlockAttention.Document || (options.Attention == BlockAttention.Auto && conversations is not null))
        {
            settled[PackedBlocks.AttentionOption] = BlockAttention.Document;
        }

        return StageKey.Create("pack", 5, settled,
            [("target", target.Represented), .. sources.Select(s => ($"aligned.{s.Name}", s.Aligned)), .. sources.Select(s => ($"represented.{s.Name}", s.Represented))]);
    }

    // Two sources have the same pieces and as many: only their keys tell them apart.
    private static void CheckBelong(string represented, string target, string aligned)
    {
        var inputs = Manifest.Read(aligned).Inputs;
        foreach (var (input, folder) in new[] { ("source", represented), ("target", target) })
        {
            if (inputs.TryGetValue(input, out string? key) && key != Manifest.Read(folder).Key)
            {
                throw new ArtifactException($"'{aligned}' was aligned from other representations than those in '{folder}'. Name the {input}'s representations that it was made of, and several sources in the same order.");
            }
        }
    }

    /// <summary>What the target is called: as the folder of its representations.</summary>
    private static string NameOf(string target) => ModelName.FromPath(Path.GetFullPath(target));

    private static bool IsReference(IReadOnlyList<(string Name, string Representations, string Aligned)> sources)
    {
        bool[] are = [.. sources.Select(s => AlignedFiles.UnitOf(Manifest.Read(s.Aligned)) == ScoreUnit.Logit)];
        return Array.TrueForAll(are, a => a == are[0]) ? are.Length > 0 && are[0]
            : throw new ArtifactException($"'{sources[0].Aligned}' and '{sources[Array.IndexOf(are, !are[0])].Aligned}' were aligned with different settings, reference and default. Run 'align' again for one of them.");
    }

    // The target as its own teacher: true log-probabilities, largest first; nothing at the last position, which nothing follows. The reference: logits everywhere.
    internal static TeacherDistributions OwnRows(Representation document, bool asReference)
    {
        int k = document.Logits.K;
        int[] starts = new int[document.Ids.Length + 1];
        var indices = new List<int>();
        var weights = new List<float>();
        for (int t = 0; t < document.Ids.Length; t++)
        {
            for (int i = t * k; i < (t + 1) * k && (asReference || document.Predicts(t)) && document.Logits.Indices[i] >= 0; i++)
            {
                indices.Add(document.Logits.Indices[i]);
                weights.Add((float)document.Logits.Logits[i] - (asReference ? 0 : document.Logits.LogNormalizers[t]));
            }

            starts[t + 1] = indices.Count;
        }

        return new TeacherDistributions(starts, [.. indices], [.. weights], asReference ? ScoreUnit.Logit : ScoreUnit.LogProbability);
    }
}
