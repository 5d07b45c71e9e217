using FuseSharp.Fusion.Align;
using FuseSharp.Fusion.Records;
using FuseSharp.Fusion.Split;
using FuseSharp.Models;
using FuseSharp.Models.Scoring;
using FuseSharp.Pipeline.Represent;
using FuseSharp.Storage.Artifacts;
using FuseSharp.Storage.Texts;
using FuseSharp.Testing;
using FuseSharp.Testing.Oracles;
using FuseSharp.Tokenizers;
using FuseSharp.Tokenizers.Files;
using static TorchSharp.torch;

namespace FuseSharp.Pipeline.Tests.Represent;

/// <summary>Rows over the target's vocabulary, from the demo's models and texts to aligned rows, against the dense softmax.</summary>
public sealed class ProjectedRowsTests : IDisposable
{
    private const int K = 20;

    private const string Text = "XmlReader.Read()\nReads the next node from the stream.\nReturns: true if the next node was read successfully; naïve Ünicode – 漢字.";

    private readonly ScratchFolder _folder = new();
    private readonly ITokenizer _target = TokenizerFolder.Load(DemoModels.Path("security"));

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("data")]
    [InlineData("web")]
    public void Rows_OfWholeStages_AreTheLargestSumsOfTheDenseSoftmax(string source)
    {
        var tokenizer = TokenizerFolder.Load(DemoModels.Path(source));
        Represent("security", null);
        Represent(source, _target);
        AlignStage.Run(_target, tokenizer, source, _folder.At("security"), _folder.At(source), new AlignOptions(), null, _folder.At("aligned"), StageContext.Silent);

        var represented = Assert.Single(RepresentationFiles.Read(_folder.At(source)));
        var aligned = Assert.Single(AlignedFiles.Read(_folder.At("aligned")));
        var own = Assert.Single(RepresentationFiles.Read(_folder.At("security")));
        double[][] sums = DenseSums(source, tokenizer, represented.Ids);
        for (int t = 0; t < represented.Ids.Length; t++)
        {
            int[] ids = represented.Logits.Indices[(t * K)..((t + 1) * K)];
            double[] largest = [.. sums[t].OrderDescending().Take(K)];
            for (int i = 0; i < K; i++)
            {
                double stored = (double)represented.Logits.Logits[(t * K) + i];
                Assert.Equal(Math.Log(largest[i]), stored, Math.Abs(stored) / 1024); // float16: half a step of 2⁻¹¹, and float32's sums
                Assert.Equal(Math.Log(sums[t][ids[i]]), stored, Math.Abs(stored) / 1024);
            }
        }

        int covered = 0;
        int[] positions = BoundaryOracle.SourcePositions(own, _target.EndOfTextId!.Value, represented, tokenizer.EndOfTextId!.Value);
        for (int t = 0; t < own.Ids.Length; t++)
        {
            var row = aligned.Rows.RowStarts[t]..aligned.Rows.RowStarts[t + 1];
            Assert.Equal(positions[t] < 0 ? 0 : K, row.End.Value - row.Start.Value);
            covered += positions[t] < 0 ? 0 : 1;
            Assert.All(aligned.Rows.Indices[row].Zip(aligned.Rows.Scores[row]), c => Assert.Equal(Math.Log(sums[positions[t]][c.First]), c.Second, Math.Abs(c.Second) / 512));
        }

        Assert.InRange(covered, 10, own.Ids.Length);
    }

    [Fact]
    public void Rows_SummedBeforeTheCut_HoldMoreThanThoseThatAreCutFirst()
    {
        Represent("security", null);
        double[] masses = [.. new[] { _target, null }.Select(target =>
        {
            Represent("data", target, $"data-{target is null}");
            AlignStage.Run(_target, TokenizerFolder.Load(DemoModels.Path("data")), "data", _folder.At("security"), _folder.At($"data-{target is null}"), new AlignOptions(), null,
                _folder.At($"aligned-{target is null}"), StageContext.Silent);
            return Assert.Single(AlignedFiles.Read(_folder.At($"aligned-{target is null}"))).Coverage.RowMass;
        })];

        Assert.InRange(masses[0], masses[1] + 0.02, 1);
    }

    [Fact]
    public void Align_RowsThatDoNotFit_AreRefused()
    {
        var data = TokenizerFolder.Load(DemoModels.Path("data"));
        var web = TokenizerFolder.Load(DemoModels.Path("web"));
        Represent("security", null);
        Represent("data", _target);
        Represent("data", web, "for-web");

        string Refusal(ITokenizer target, string targetRows, string source, AlignOptions options) => Assert.Throws<FuseSharp.Errors.ArtifactException>(
            () => AlignStage.Run(target, data, "data", _folder.At(targetRows), _folder.At(source), options, null, _folder.At("aligned"), StageContext.Silent)).Message;

        Assert.Contains("rows over the vocabulary of another target than this. Run 'represent' for the source again with this target", Refusal(_target, "security", "for-web", new()), StringComparison.Ordinal);
        Assert.Contains("rows that are projected already, with first_token; this alignment needs the source's own tokens", Refusal(_target, "security", "data", new() { Alignment = AlignmentMethod.Hard }), StringComparison.Ordinal);
        Assert.Contains("expected the target's representations, which hold its own tokens. Run 'represent' for it without a target", Refusal(_target, "data", "data", new()), StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder.At("aligned")));
    }

    private void Represent(string model, ITokenizer? target, string? output = null)
    {
        if (!Directory.Exists(_folder.At("split")))
        {
            File.WriteAllText(_folder.At("text.txt"), Text);
            ITokenizer[] tokenizers = [.. new[] { "security", "data", "web" }.Select(m => TokenizerFolder.Load(DemoModels.Path(m)))];
            SplitStage.Run(new Dictionary<string, TextEntry> { ["text"] = new() { Train = _folder.At("text.txt") } }, tokenizers, new SplitOptions { MaxLength = 256 }, _folder.At("split"), StageContext.Silent);
        }

        RepresentStage.Run(DemoModels.Path(model), CPU, _folder.At("split"), 256, new RepresentOptions { TopK = K, Precision = Precision.Float32 }, _folder.At(output ?? model), StageContext.Silent, target is null ? null : new PieceEncoder(target, null));
    }

    // [tokens][target vocabulary], from the model's own logits and the target's own tokenization of every source token's text.
    private double[][] DenseSums(string source, ITokenizer tokenizer, int[] ids)
    {
        using var model = LanguageModel.Load(source, DemoModels.Path(source), ScalarType.Float32, CPU);
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var logits = model.Network.Logits(tensor([.. ids.Select(i => (long)i)], [1, ids.Length]))[0];
        return [.. Enumerable.Range(0, ids.Length).Select(t => ProjectionOracle.Sums(logits[t].data<float>().ToArray(), token => FirstToken(tokenizer, token), _target.Vocabulary.Count))];
    }

    private int FirstToken(ITokenizer source, int token)
        => token == source.EndOfTextId ? _target.EndOfTextId!.Value
            : token >= source.Vocabulary.Count || source.IsSpecial(token) ? token == source.BeginningOfTextId ? _target.BeginningOfTextId ?? -1 : -1
            : _target.EncodeContinuation(source.TextOf(token).Span) is { Count: > 0 } written ? written[0] : -1;
}
