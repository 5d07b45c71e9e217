using FuseSharp.Fusion.Records;
using FuseSharp.Storage.Artifacts;
using FuseSharp.Storage.Texts;
using FuseSharp.Testing;

namespace FuseSharp.Fusion.Tests.Records;

public sealed class RepresentationTableTests : IDisposable
{
    private readonly ScratchFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(ShardCompression.None, 32_000)]
    [InlineData(ShardCompression.Lz4, 32_000)]
    [InlineData(ShardCompression.Zstd, 128_256)]
    public void Write_ThenRead_GivesTheSame(ShardCompression compression, int vocabulary)
    {
        var written = Documents(30, 40, k: 5, vocabulary);

        var read = RoundTrip(written, 5, vocabulary, compression);

        Assert.Equal(written.Count, read.Count);
        foreach (var (a, b) in written.Zip(read))
        {
            Assert.Equal(a.Id, b.Id);
            Assert.Equal(a.Ids, b.Ids);
            Assert.Equal(a.EndsExclusive, b.EndsExclusive);
            Assert.Equal(a.Logits.Indices, b.Logits.Indices);
            Assert.Equal(a.Logits.Logits, b.Logits.Logits);
            Assert.Equal(a.Nats, b.Nats); // float64 on disk: exact
            // float16 keeps 11 bits: half a step is at most 2^-11 of the value.
            Assert.All(a.CrossEntropies.Zip(b.CrossEntropies), c => Assert.Equal(c.First, c.Second, c.First / 2048));
            Assert.All(a.Logits.LogNormalizers.Zip(b.Logits.LogNormalizers), z => Assert.Equal(z.First, z.Second, 2e-3f));
        }
    }

    [Fact]
    public void Write_ProjectedRowsThenRead_GivesTheSame()
    {
        // A source of 70,000 tokens, whose ids take 32 bits, over a target of 300: its candidates take 16. A row of fewer than k ends with −1.
        var (table, documents) = (new RepresentationTable(5, 70_000, 300), Documents(30, 40, k: 5, 70_000).ConvertAll(Projected));
        ShardedStage.Make(new StageOutput(_folder.At("out")), StageKey.Create("represent", 1, new { }, ("target_tokenizer", "abc")), StageContext.Silent,
            () => new() { ["k"] = 5, ["vocabulary"] = 70_000, ["target_vocabulary"] = 300 },
            shards => shards.Write(Shards.NameOf(0), table.Schema, documents, table.ToBatch, new ShardTally()));

        var read = new RepresentationFiles(_folder.At("out"));

        Assert.Equal("abc", read.ProjectedOnto);
        Assert.Equal(documents.Count, read.Read().Count());
        foreach (var (a, b) in documents.Zip(read.Read()))
        {
            Assert.Equal(a.Ids, b.Ids);
            Assert.Equal(a.Logits.Indices, b.Logits.Indices);
            Assert.Equal(a.Logits.Logits, b.Logits.Logits);
            Assert.All(b.Logits.LogNormalizers, z => Assert.Equal(0, z));
        }
    }

    private static Representation Projected(Representation document)
        => document with
        {
            Logits = new TopKLogits(5, [.. document.Logits.Indices.Select((id, i) => i % 5 == 4 ? -1 : id % 300)], [.. document.Logits.Logits.Select((_, i) => (Half)(-0.25 * (i % 5)))], new float[document.Ids.Length]),
        };

    [Fact]
    public void Write_TenCandidatesOfASmallVocabulary_TakesAtMost48BytesAToken()
    {
        var documents = Documents(200, 400, k: 10, 32_000);

        RoundTrip(documents, 10, 32_000, ShardCompression.None);

        double perToken = (double)new FileInfo(_folder.At("out/00000.parquet")).Length / documents.Sum(d => d.Ids.Length);
        Assert.InRange(perToken, 40, 48); // 2 id + 1 length + 10·(2 + 2) + 2 normalizer + 2 cross-entropy = 47, and what a document and a batch cost
    }

    [Fact]
    public void Write_Zstd_IsSmaller()
    {
        var documents = Documents(100, 200, k: 10, 32_000);
        RoundTrip(documents, 10, 32_000, ShardCompression.None);
        long plain = new FileInfo(_folder.At("out/00000.parquet")).Length;

        RoundTrip(documents, 10, 32_000, ShardCompression.Zstd);

        Assert.InRange(new FileInfo(_folder.At("out/00000.parquet")).Length, 1, plain * 0.95);
    }

    [Theory]
    [InlineData(new[] { 3, 3, 258, 512, 767, 70_000 }, new byte[] { 3, 0, 255, 254, 255, 255 }, new[] { 255, 255, 69_233 })]
    [InlineData(new int[0], new byte[0], new int[0])]
    public void TokenLengths_LongTokens_StandInTheirOwnList(int[] ends, byte[] expected, int[] longer)
    {
        var (lengths, longest) = TokenLengths.Encode(ends);

        Assert.Equal(expected, lengths);
        Assert.Equal(longer, longest);
        Assert.Equal(ends, TokenLengths.ToEnds(lengths, longest));
    }

    private List<Representation> RoundTrip(List<Representation> documents, int k, int vocabulary, ShardCompression compression)
    {
        var table = new RepresentationTable(k, vocabulary);
        var key = StageKey.Create("represent", 1, new { compression });
        ShardedStage.Make(new StageOutput(_folder.At("out")) { Compression = compression }, key, StageContext.Silent, () => new() { ["k"] = k, ["vocabulary"] = vocabulary },
            shards => shards.Write(Shards.NameOf(0), table.Schema, documents, table.ToBatch, new ShardTally()));
        return [.. RepresentationFiles.Read(_folder.At("out"))];
    }

    private static List<Representation> Documents(int count, int tokens, int k, int vocabulary)
    {
        var random = new Random(7);
        return [.. Enumerable.Range(0, count).Select(d =>
        {
            int length = tokens / 2 + random.Next(tokens);
            int end = 0;
            var logits = Enumerable.Range(0, length * k).Select(i => (Half)(20 - (i % k) - random.NextSingle())).ToArray();
            return new Representation(
                new PieceId(d / 3, d % 3),
                [.. Enumerable.Range(0, length).Select(_ => random.Next(vocabulary))],
                [.. Enumerable.Range(0, length).Select(_ => end += random.Next(50) == 0 ? 300 : random.Next(8))],
                new TopKLogits(k, [.. Enumerable.Range(0, length * k).Select(_ => random.Next(vocabulary))], logits, [.. Enumerable.Range(0, length).Select(t => (float)logits[t * k] + (3 * random.NextSingle()))]),
                [.. Enumerable.Range(0, length).Select(t => t + 1 == length ? 0 : 8 * random.NextSingle())]);
        })];
    }
}
