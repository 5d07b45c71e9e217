using System.Text.Json;
using FuseSharp.Fusion.Align;
using FuseSharp.Fusion.Map;
using FuseSharp.Fusion.Pack;
using FuseSharp.Fusion.Records;
using FuseSharp.Testing;
using FuseSharp.Tokenizers;

namespace FuseSharp.Fusion.Tests.Align;

/// <summary>Every index and logit of the reference's aligned and packed distributions.</summary>
public sealed class GoldenAlignTests
{
    private static readonly string[] _sources = ["open_llama_source", "mpt_source"];

    [Theory]
    [InlineData("hard")]
    [InlineData("soft")]
    public void Align_SmallGoldens_EqualTheReference(string alignment)
    {
        var target = Small("llama_target");
        for (int s = 0; s < _sources.Length; s++)
        {
            var aligner = Reference(target, Small(_sources[s]), alignment);
            var documents = GoldenRepresentations.Small("llama_target", target).Zip(GoldenRepresentations.Small(_sources[s], Small(_sources[s])));
            int compared = 0;
            foreach (var ((own, source), expected) in documents.Zip(FuseLlmGoldens.Lines("small", "align", alignment + ".jsonl")))
            {
                Compare(expected, FormattableString.Invariant($"_{s}"), aligner.Align(own.Document, source.Document).Rows);
                compared++;
            }

            Assert.Equal(62, compared);
        }
    }

    [Theory(Skip = SharedData.MissingReason, SkipWhen = nameof(SharedData.IsMissing), SkipType = typeof(SharedData))]
    [InlineData("hard")]
    [InlineData("soft")]
    public void Align_RealGoldens_EqualTheReference(string alignment)
    {
        var target = TokenizerFolder.Load(SharedData.Path("data", "tokenizers", "mistral-7b-v0.1"));
        var source = TokenizerFolder.Load(SharedData.Path("data", "tokenizers", "gpt-neox-20b"));
        var aligner = Reference(target, source, alignment);
        int compared = 0;
        foreach (var ((own, other), expected) in GoldenRepresentations.Real("llama_target", target).Zip(GoldenRepresentations.Real("mpt_source", source))
            .Zip(FuseLlmGoldens.Lines("real", $"align.{alignment}.jsonl.gz")))
        {
            Compare(expected, "", aligner.Align(own, other).Rows);
            compared++;
        }

        Assert.Equal(22, compared);
    }

    [Theory]
    [InlineData("hard")]
    [InlineData("soft")]
    public void Pack_SmallGoldens_EqualTheReference(string alignment)
    {
        var target = Small("llama_target");
        IDocumentAligner[] aligners = [.. _sources.Select(s => Reference(target, Small(s), alignment))];
        var own = GoldenRepresentations.Small("llama_target", target).ToList();
        List<Representation>[] sources = [.. _sources.Select(s => GoldenRepresentations.Small(s, Small(s)).Select(d => d.Document).ToList())];
        var metrics = FuseLlmGoldens.Lines("small", "align", alignment + ".jsonl").ToList();
        var documents = own.Select((d, i) => (d.Split, Document: new DocumentRows(
            i, d.Document.Ids,
            [PackStage.OwnRows(d.Document, asReference: true), .. aligners.Select((a, s) => a.Align(d.Document, sources[s][i]).Rows)],
            [Metric(metrics[i], ""), Metric(metrics[i], "_0"), Metric(metrics[i], "_1")], [0, 0, 0])));

        var blocks = documents.GroupBy(d => d.Split).SelectMany(split => BlockPacker.Pack(split.Select(d => d.Document), 128)).ToList();

        var expected = FuseLlmGoldens.Lines("small", "pack", alignment + ".jsonl").ToList();
        Assert.Equal(expected.Count, blocks.Count);
        foreach (var (block, line) in blocks.Zip(expected))
        {
            Assert.Equal(line.Integers("input_ids"), block.Ids);
            Compare(line, "per_step_logits", "per_step_indices", block.Rows[0]);
            Compare(line, "_0", block.Rows[1]);
            Compare(line, "_1", block.Rows[2]);
            for (int m = 0; m < 3; m++)
            {
                double mean = block.Segments.Sum(s => (double)s.NatsPerToken[m] * s.Length) / block.Ids.Length;
                Assert.Equal((Half)Metric(line, m == 0 ? "" : FormattableString.Invariant($"_{m - 1}")), (Half)mean); // the reference's mean is a float16
            }
        }
    }

    private static float Metric(JsonElement line, string suffix) => line.GetProperty("metric_ce" + suffix).GetSingle();

    private static void Compare(JsonElement expected, string suffix, TeacherDistributions rows) => Compare(expected, "logits" + suffix, "indices" + suffix, rows);

    private static void Compare(JsonElement expected, string logits, string indices, TeacherDistributions rows)
    {
        int[][] ids = expected.IntegerRows(indices);
        float[][] values = expected.NumberRows(logits);
        Assert.Equal(ids.Length, rows.Positions);
        for (int t = 0; t < ids.Length; t++)
        {
            var range = rows.RowStarts[t]..rows.RowStarts[t + 1];
            Assert.Equal(ids[t], rows.Indices[range]);
            // The goldens print float16 logits with eight digits.
            Assert.Equal(values[t].Select(v => (Half)v), rows.Scores[range].Select(v => (Half)v));
        }
    }

    private static MinEditAligner Reference(ITokenizer target, ITokenizer source, string alignment)
        => new(target, source, alignment == "soft" ? new VocabularyMapper(target, source).Map(Environment.ProcessorCount) : null, MethodSettings.Reference);

    private static ITokenizer Small(string model) => TokenizerFolder.Load(FuseLlmGoldens.Path("small", "models", model));
}
