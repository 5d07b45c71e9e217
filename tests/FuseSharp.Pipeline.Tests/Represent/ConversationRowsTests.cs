using FuseSharp.Conversations;
using FuseSharp.Fusion.Align;
using FuseSharp.Fusion.Conversations;
using FuseSharp.Fusion.Records;
using FuseSharp.Fusion.Split;
using FuseSharp.Models.Scoring;
using FuseSharp.Pipeline.Represent;
using FuseSharp.Storage.Artifacts;
using FuseSharp.Storage.Texts;
using FuseSharp.Testing;
using FuseSharp.Tokenizers.Files;
using static TorchSharp.torch;

namespace FuseSharp.Pipeline.Tests.Represent;

/// <summary>Rows of conversations, from two of the demo's models in two templates.</summary>
public sealed class ConversationRowsTests : IDisposable
{
    private readonly ScratchFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    // With all candidates kept nothing is cut: summing first and projecting afterwards then are the same.
    [Theory]
    [InlineData("vicuna", "chatml")]
    [InlineData("chatml", "mistral")]
    [InlineData("mistral", "vicuna")]
    public void Represent_ProjectedWithAllCandidates_IsWhatAlignMakesOfTheSourcesTokens(string sourceTemplate, string targetTemplate)
    {
        var conversation = new Conversation([new("user", "What does XmlReader.Read do?"), new("assistant", "Reads the next node. It is fast—really."), new("user", "And Close?"), new("assistant", "Closes it.")]);
        File.WriteAllText(_folder.At("chat.jsonl"), $"{{\"messages\": {conversation.ToJson()}}}");
        var (target, source) = (TokenizerFolder.Load(DemoModels.Path("security")), TokenizerFolder.Load(DemoModels.Path("data")));
        var texts = new Dictionary<string, TextEntry> { ["chat"] = new() { Train = _folder.At("chat.jsonl") } };
        var split = ConversationSplit.Create(texts, new ChatOptions { Templates = new Dictionary<string, string> { ["security"] = targetTemplate, ["data"] = sourceTemplate } },
            [("security", DemoModels.Path("security"), target), ("data", DemoModels.Path("data"), source)]);
        SplitStage.Run(texts, [target, source], new SplitOptions { MaxLength = 256 }, _folder.At("split"), StageContext.Silent, split);
        int k = Math.Max(target.Vocabulary.Count, source.Vocabulary.Count);

        Represent("security", "security", 1, null);
        Represent("data", "tokens", k, null);
        Represent("data", "projected", target.Vocabulary.Count, split!.Encoders[0]);
        var (own, projected) = (Aligned("tokens"), Aligned("projected"));

        Assert.Equal(own.Coverage.CoveredPositions, projected.Coverage.CoveredPositions);
        Assert.True(own.Coverage.CoveredPositions > 15);
        Assert.Equal(own.CrossEntropies, projected.CrossEntropies, (a, b) => Math.Abs(a - b) < 1e-3f);
        for (int t = 0; t < own.Rows.Positions; t++)
        {
            var expected = Row(own.Rows, t);
            var found = Row(projected.Rows, t);
            Assert.All(expected.Where(e => e.Value > 1e-4), e => Assert.Equal(e.Value, found.GetValueOrDefault(e.Key), 8e-3 * e.Value)); // logarithms in float16, steps of 2⁻⁷ here, rounded on both ways
        }

        AlignedDocument Aligned(string rows)
        {
            AlignStage.Run(target, source, "data", _folder.At("security"), _folder.At(rows), new AlignOptions(), null, _folder.At("aligned-" + rows), StageContext.Silent);
            return Assert.Single(AlignedFiles.Read(_folder.At("aligned-" + rows)));
        }
    }

    private static Dictionary<int, double> Row(TeacherDistributions rows, int position)
        => rows.Indices[rows.RowStarts[position]..rows.RowStarts[position + 1]].Zip(rows.Probabilities(position)).ToDictionary(r => r.First, r => r.Second);

    private void Represent(string model, string output, int k, PieceEncoder? target)
        => RepresentStage.Run(DemoModels.Path(model), CPU, _folder.At("split"), 256, new RepresentOptions { TopK = k, Precision = Precision.Float32 }, _folder.At(output), StageContext.Silent, target);
}
