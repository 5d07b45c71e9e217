using FuseSharp.Fusion.Fuse;
using FuseSharp.Fusion.Records;
using FuseSharp.Pipeline.Train;
using FuseSharp.Storage.Artifacts;
using FuseSharp.Storage.Texts;


namespace FuseSharp.Pipeline.Compare;

/// <summary>Which model taught how much of each domain: the choices of a training, which follow from its blocks and options alone.</summary>
public static class TeachingStage
{
    /// <summary>Counts the tokens for which each model was chosen, once through the blocks of an epoch.</summary>
    /// <param name="texts">Output of the split stage, which knows each document's domain.</param>
    /// <param name="packed">Output of the pack stage.</param>
    /// <param name="options">Of the fused training.</param>
    /// <param name="folder">Final name of the output.</param>
    /// <param name="context">Gets blocks; its cancellation ends the stage between two blocks.</param>
    public static void Run(string texts, string packed, FusionOptions options, string folder, StageContext context)
    {
        var (progress, cancellation) = context;
        var key = KeyOf(Manifest.Read(texts).Key, Manifest.Read(packed).Key, options) with { Paths = [texts, packed] };
        StageDirectory.Make(folder, key, progress, _ =>
        {
            var domains = new TextPieceFiles(texts, DataSplit.Train).Read().Where(t => t.EndsDocument).ToDictionary(t => t.Id.Document, t => string.Intern(t.Domain));
            using var blocks = new PackedBlocks(packed);
            using var bar = progress.Start("count teachers", blocks.Count, "blocks");
            var targets = new LossTargetsBuilder(options, blocks.Teachers);
            var tokens = new Dictionary<string, double>();
            for (int b = 0; b < blocks.Count; b++)
            {
                cancellation.ThrowIfCancellationRequested();
                var block = blocks.Read(b);
                var fused = targets.Fuse(block, languageModelWeight: 0);
                for (int s = 0; s < block.Segments.Length; s++)
                {
                    string name = FormattableString.Invariant($"{domains[block.Segments[s].Document]}/{fused?.Teachers[s] ?? 0}");
                    tokens[name] = tokens.GetValueOrDefault(name) + block.Segments[s].Length;
                }

                bar.Advance(1);
            }

            bar.Complete();
            return tokens;
        });
    }

    /// <summary>What decides the counts.</summary>
    /// <param name="texts">Key of the split stage's output.</param>
    /// <param name="packed">Key of the pack stage's output.</param>
    /// <param name="options">How teachers are chosen.</param>
    public static StageKey KeyOf(string texts, string packed, FusionOptions options)
        => StageKey.Create("teaching", 3, new { options.Rule, options.Selection, options.ExcludeTeachers, options.RoundsLikeReference }, ("packed", packed), ("texts", texts));

    /// <summary>Reads a finished output.</summary>
    /// <param name="folder">The stage's folder.</param>
    /// <returns>For each domain the tokens that each model taught: 0 is the target, 1 the first source; −1 where all were blended.</returns>
    public static IReadOnlyDictionary<string, IReadOnlyDictionary<int, double>> Read(string folder)
        => Manifest.Read(folder).Figures.Select(f => (Split: f.Key.LastIndexOf('/'), f.Key, f.Value)).GroupBy(f => f.Key[..f.Split])
            .ToDictionary(d => d.Key, IReadOnlyDictionary<int, double> (d) => d.ToDictionary(f => int.Parse(f.Key[(f.Split + 1)..], System.Globalization.CultureInfo.InvariantCulture), f => f.Value));
}
