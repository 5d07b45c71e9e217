using FuseSharp.Fusion.Fuse;
using FuseSharp.Fusion.Records;
using FuseSharp.Pipeline.Train;
using FuseSharp.Storage.Texts;
using FuseSharp.Testing;
using FuseSharp.Tokenizers.Files;

namespace FuseSharp.EndToEnd.Tests;

/// <summary>A document that is cut stays one document: it ends once, and one model teaches it.</summary>
public sealed class PieceTests : IDisposable
{
    private readonly ScratchFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Documents_OfManyPieces_EndOnceAndHaveOneTeacher()
    {
        // Two kinds of text, of which each model knows one: teachers differ from document to document, and would from piece to piece.
        Directory.CreateDirectory(_folder.At("texts"));
        string[] samples = [.. SdkDocumentation.Read("security").Concat(SdkDocumentation.Read("data")).Select(d => d.Text).Where(t => t.Length > 200).Take(12)];
        for (int d = 0; d < 6; d++)
        {
            File.WriteAllText(_folder.At($"texts/{d}.txt"), string.Join('\n', samples.Skip(d).Take(3 + (2 * d))));
        }

        string[] models = [DemoModels.Path("security"), DemoModels.Path("data")];
        await CommandRun.SucceedAsync(["split", "--models", .. models, "--texts", $"t={_folder.At("texts")}", "--set", "split.max_length=160", "--output", _folder.At("split")]);
        foreach (string model in models)
        {
            await CommandRun.SucceedAsync("represent", "--model", model, "--texts", _folder.At("split"), "--set", "represent.precision=float32", "--output", Represented(model));
        }

        await CommandRun.SucceedAsync("align", "--target", models[0], "--source", models[1], "--target-represented", Represented(models[0]), "--source-represented", Represented(models[1]), "--output", _folder.At("aligned"));
        await CommandRun.SucceedAsync("pack", "--target-represented", Represented(models[0]), "--source-represented", Represented(models[1]), "--aligned", _folder.At("aligned"), "--output", _folder.At("packed"));

        var pieces = new TextPieceFiles(_folder.At("split"), DataSplit.Train).Read().ToList();
        Assert.True(pieces.Count > 2 * pieces.Count(p => p.EndsDocument));
        foreach (string model in models)
        {
            int end = TokenizerFolder.Load(model).EndOfTextId!.Value;
            var rows = RepresentationFiles.Read(Represented(model)).ToList();
            Assert.Equal(pieces.Select(p => (p.Id, p.EndsDocument)), rows.Select(r => (r.Id, r.Ids[^1] == end)));
            Assert.All(rows, r => Assert.DoesNotContain(end, r.Ids[..^1]));
        }

        using var blocks = new PackedBlocks(_folder.At("packed"));
        var targets = new LossTargetsBuilder(new FusionOptions { Selection = TeacherSelection.Document }, []);
        var teachers = Enumerable.Range(0, blocks.Count).Select(blocks.Read)
            .SelectMany(b => b.Segments.Zip(targets.Fuse(b, languageModelWeight: 0)!.Teachers, (s, t) => (s.Document, Teacher: t, Cost: s.NatsPerByte[0]))).ToList();
        Assert.Equal(pieces.Select(p => p.Id.Document).Distinct(), teachers.Select(t => t.Document).Distinct());
        Assert.All(teachers.GroupBy(t => t.Document), d => Assert.Single(d.Distinct()));
    }

    private string Represented(string model) => _folder.At("represented-" + Path.GetFileName(model));
}
