using System.Text;
using FuseSharp.Errors;
using FuseSharp.Fusion.Records;
using FuseSharp.Fusion.Split;
using FuseSharp.Storage.Artifacts;
using FuseSharp.Storage.Texts;
using FuseSharp.Testing;
using FuseSharp.Tokenizers;
using FuseSharp.Tokenizers.Files;

namespace FuseSharp.Fusion.Tests.Split;

public sealed class SplitStageTests : IDisposable
{
    private readonly ScratchFolder _folder = new();
    private readonly ITokenizer _tokenizer;

    public SplitStageTests()
    {
        _tokenizer = TokenizerFolder.Load(_folder.Write("tiny.gguf", TinyGguf.Build()));
        // 60 documents of 1 to 60 times six letters, every tenth of which is no JSON.
        string lines = string.Concat(Enumerable.Range(1, 60).Select(i => i % 10 == 0 ? "{\n" : $"{{\"text\":\"{string.Concat(Enumerable.Repeat($"ab a{(char)('a' + (i % 3))}", i))}\"}}\n"));
        _folder.Write("bad.jsonl", Encoding.UTF8.GetBytes(lines));
        _folder.Write("good.jsonl", Encoding.UTF8.GetBytes(lines.Replace("{\n", "", StringComparison.Ordinal)));
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Run_BadDocuments_StopOrAreListed()
    {
        var fault = Assert.Throws<ArtifactException>(() => Run("bad.jsonl", _folder.At("out")));
        Assert.Contains("bad.jsonl:10 is not JSON", fault.Message, StringComparison.Ordinal);
        Assert.Contains("store.skip_bad_documents", fault.Message, StringComparison.Ordinal);

        var manifest = Run("bad.jsonl", new StageOutput(_folder.At("out")) { SkipsBadDocuments = true });

        Assert.Equal(6, manifest.Shards!.Sum(s => s.LeftOut.Count));
        Assert.Contains("bad.jsonl:10", manifest.Shards!.SelectMany(s => s.LeftOut).First().Place, StringComparison.Ordinal);
        Run("good.jsonl", _folder.At("good"));

        // A document that is left out keeps its number.
        IEnumerable<string> Texts(string run) => new TextPieceFiles(_folder.At(run), DataSplit.Train).Read().Select(b => b.Text);
        Assert.Equal(Texts("good"), Texts("out"));
        Assert.DoesNotContain(new TextPieceFiles(_folder.At("out"), DataSplit.Train).Read(), b => b.Id.Document == 9);
    }

    [Fact]
    public void Read_ThePieces_AreNumberedByDocumentAndPutTogetherTheyAreTheDocuments()
    {
        Run("good.jsonl", _folder.At("out"));

        var blocks = new TextPieceFiles(_folder.At("out"), DataSplit.Train).Read().ToList();

        var documents = blocks.GroupBy(b => b.Id.Document).ToList();
        Assert.Equal(Enumerable.Range(0, documents.Count), documents.Select(d => d.Key));
        Assert.All(documents, d => Assert.Equal(Enumerable.Range(0, d.Count()), d.Select(b => b.Id.Piece)));
        Assert.Equal(documents.Select(d => d.Last().Id), blocks.Where(b => b.EndsDocument).Select(b => b.Id));
        Assert.True(documents.Count < blocks.Count);
        Assert.Equal(string.Concat(TextFiles.Read(_folder.At("good.jsonl")).Select(d => d.Text)), string.Concat(blocks.Select(b => b.Text)));
        Assert.All(blocks, b => Assert.InRange(_tokenizer.Encode(b.Text).Count, 1, 64 - DocumentSplitter.Reserve));
    }

    [Fact]
    public void Run_InParts_TheBlocksAreTheSingleRuns()
    {
        Run("good.jsonl", _folder.At("single"));
        for (int i = 0; i < 3; i++)
        {
            Run("good.jsonl", new StageOutput(_folder.At("parts")) { Part = new MachinePart(i, 3) });
        }

        Assert.Equal(new TextPieceFiles(_folder.At("single"), DataSplit.Train).Read(), new TextPieceFiles(_folder.At("parts"), DataSplit.Train).Read());
        Assert.Equal(Store.Open(_folder.At("single")).Shards.Select(s => s.Sha256), Store.Open(_folder.At("parts")).Shards.Select(s => s.Sha256));
    }

    [Fact]
    public void Part_CountsInTheSurveyAndInTheKey()
    {
        var whole = new TextEntry { Train = _folder.At("good.jsonl") };
        var part = whole with { Part = TextPart.Parse("60..100") };
        var options = new SplitOptions { MaxLength = 64 };
        double Bytes(TextEntry entry) => DomainTexts.Read(entry, DataSplit.Train).Sum(d => Encoding.UTF8.GetByteCount(d.Text));
        string Key(TextEntry entry) => SplitStage.KeyOf(new Dictionary<string, TextEntry> { ["d"] = entry }, [_tokenizer], options, default).Hash;

        Assert.Equal(Bytes(part), TextSurvey.Take(part, options, _tokenizer).TrainBytes);
        Assert.InRange(Bytes(part), 1, Bytes(whole) - 1);
        Assert.Equal(3, new[] { Key(whole), Key(part), Key(whole with { Part = TextPart.Parse("0..60") }) }.Distinct().Count());
    }

    private Manifest Run(string texts, StageOutput output)
        => SplitStage.Run(new Dictionary<string, TextEntry> { ["d"] = new() { Train = _folder.At(texts) } }, [_tokenizer],
            new SplitOptions { MaxLength = 64, DocumentsPerShard = 8 }, output, StageContext.Silent);
}
