using System.Security.Cryptography;
using FuseSharp.Errors;
using FuseSharp.Evaluation.Evaluate;
using FuseSharp.Fusion.Records;
using FuseSharp.Pipeline.Compare;
using FuseSharp.Pipeline.Recipes;
using FuseSharp.Report;
using FuseSharp.Storage.Artifacts;
using FuseSharp.Storage.Texts;
using FuseSharp.Testing;
using FuseSharp.Tokenizers.Files;

namespace FuseSharp.Cases.Tests.Reliability;

/// <summary>Damaged stores of ours: one clear error, or a right reading, of every file of the case.</summary>
public sealed class ArtifactCases : IDisposable
{
    private readonly ScratchFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact(Skip = SharedData.MissingReason, SkipType = typeof(CaseFolder), SkipWhen = nameof(CaseFolder.IsMissing))]
    [Case("reliability/manifest")]
    public void Manifests_OfRepresent_AreRefusedOrRead() => OfEach("reliability/manifest", Manifest.FileName, store => Count(RepresentationFiles.Read(store)));

    [Fact(Skip = SharedData.MissingReason, SkipType = typeof(CaseFolder), SkipWhen = nameof(CaseFolder.IsMissing))]
    [Case("reliability/manifestpack")]
    public void Manifests_OfPack_AreRefusedOrRead() => OfEach("reliability/manifestpack", Manifest.FileName, ReadBlocks);

    [Fact(Skip = SharedData.MissingReason, SkipType = typeof(CaseFolder), SkipWhen = nameof(CaseFolder.IsMissing))]
    [Case("reliability/manifestsplit")]
    public void Manifests_OfSplit_AreRefusedOrRead()
        => OfEach("reliability/manifestsplit", Manifest.FileName, store => Count(new TextPieceFiles(store, DataSplit.Train).Read()));

    [Fact(Skip = SharedData.MissingReason, SkipType = typeof(CaseFolder), SkipWhen = nameof(CaseFolder.IsMissing))]
    [Case("reliability/shardalign")]
    public void Shards_OfAlign_AreRefusedOrRead() => OfEach("reliability/shardalign", "00000.parquet", store => Count(AlignedFiles.Read(ListedIn(store, "align"))));

    [Fact(Skip = SharedData.MissingReason, SkipType = typeof(CaseFolder), SkipWhen = nameof(CaseFolder.IsMissing))]
    [Case("reliability/shardrep")]
    public void Shards_OfRepresent_AreRefusedOrRead() => OfEach("reliability/shardrep", "00000.parquet", store => Count(RepresentationFiles.Read(ListedIn(store, "represent"))));

    [Fact(Skip = SharedData.MissingReason, SkipType = typeof(CaseFolder), SkipWhen = nameof(CaseFolder.IsMissing))]
    [Case("reliability/shardpack")]
    public void Shards_OfPack_AreRefusedOrRead() => OfEach("reliability/shardpack", "00000.parquet", store => ReadBlocks(ListedIn(store, "pack")));

    [Fact(Skip = SharedData.MissingReason, SkipType = typeof(CaseFolder), SkipWhen = nameof(CaseFolder.IsMissing))]
    [Case("reliability/journal")]
    public void Journals_WithOtherLines_AreBegunAgain()
    {
        var key = StageKey.Create("split", 3, new { });
        OfEach("reliability/journal", "out.partial/shards.jsonl", store =>
        {
            File.WriteAllText(Path.Combine(store, "out.partial", "key.txt"), key.Hash);
            var manifest = ShardedStage.Make(new StageOutput(Path.Combine(store, "out")), key, StageContext.Silent, () => [], _ => { });
            Assert.Empty(manifest.Shards!);
        });
    }

    [Fact(Skip = SharedData.MissingReason, SkipType = typeof(CaseFolder), SkipWhen = nameof(CaseFolder.IsMissing))]
    [Case("reliability/vocabmap")]
    public void VocabularyMaps_AreRefused()
    {
        var target = TokenizerFolder.Load(DemoModels.Path("web"));
        OfEach("reliability/vocabmap", VocabularyMapFile.Name, store => Assert.Throws<ArtifactException>(() => VocabularyMapFile.Read(store, target, target)));
        File.WriteAllText(_folder.At("twice.json"), """{"a": "a", "a": "b"}""");
        Assert.Contains("'a' twice", Assert.Throws<ArtifactException>(() => VocabularyMapFile.Read(_folder.At("twice.json"), target, target)).Message, StringComparison.Ordinal);
    }

    [Fact(Skip = SharedData.MissingReason, SkipType = typeof(CaseFolder), SkipWhen = nameof(CaseFolder.IsMissing))]
    [Case("reliability/runreport")]
    public void FilesOfARun_AreRefusedOrShown()
    {
        string Case(string name) => Directory.EnumerateFiles(CaseFolder.At("reliability/runreport"), name + "-*.bin").Single();
        string evaluated = Directory.CreateDirectory(_folder.At("evaluated")).FullName;
        File.Copy(Case("00"), Path.Combine(evaluated, Manifest.FileName));
        File.WriteAllText(Path.Combine(evaluated, "texts.json"), """{"letters":{"nats":[1],"bytes":[2],"words":[1]}}""");
        Assert.Contains("'letters/standard_error'", Assert.Throws<ArtifactException>(() => EvaluateStage.Read(evaluated)).Message, StringComparison.Ordinal);

        File.Copy(Case("01"), Path.Combine(evaluated, "texts.json"), overwrite: true);
        Assert.Contains("texts.json' is damaged", Assert.Throws<ArtifactException>(() => EvaluateStage.Read(evaluated)).Message, StringComparison.Ordinal);

        string samples = Directory.CreateDirectory(_folder.At("samples")).FullName;
        File.Copy(Case("03"), Path.Combine(samples, "samples.json"));
        Assert.Contains("lists null", Assert.Throws<ArtifactException>(() => SampleStage.Read(samples)).Message, StringComparison.Ordinal);

        Directory.CreateDirectory(_folder.At("run/01-split"));
        File.Copy(Case("02"), _folder.At("run/01-split/cost.json"));
        RecipeWriter.Write(_folder.At("run/recipe.yaml"), new Recipe
        {
            Output = _folder.At("run"),
            Target = DemoModels.Path("web"),
            Sources = [DemoModels.Path("data")],
            Texts = new Dictionary<string, TextEntry> { ["a"] = new() { Path = _folder.At("a.txt") } },
        });
        Assert.NotNull(RunReport.Read(_folder.At("run")));
    }

    // Every file of a case in a folder of its own, under the name it had; anything but an error of ours fails the test.
    private void OfEach(string @case, string name, Action<string> read)
    {
        foreach (string file in Directory.EnumerateFiles(CaseFolder.At(@case), "*.bin").Order(StringComparer.Ordinal))
        {
            string store = _folder.At(Path.GetFileNameWithoutExtension(file));
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(store, name))!);
            File.WriteAllBytes(Path.Combine(store, name), File.ReadAllBytes(file));
            try
            {
                if (name == Manifest.FileName)
                {
                    Assert.NotEmpty(StoreVerifier.Verify(store, null, TestContext.Current.CancellationToken).Errors);
                }

                read(store);
            }
            catch (ArtifactException fault)
            {
                Assert.DoesNotContain('\n', fault.Message);
            }
        }
    }

    // A manifest that lists the file with its right checksum, as whoever damages both would write it.
    private static string ListedIn(string store, string stage)
    {
        byte[] bytes = File.ReadAllBytes(Path.Combine(store, "00000.parquet"));
        string counts = """{"k":3,"vocabulary":300,"models":2,"pieces":36,"documents":36,"blocks":7,"block_length":64}""";
        File.WriteAllText(Path.Combine(store, Manifest.FileName), $$"""
            {"stage":"{{stage}}","format_version":3,"tool_version":"0.1.0","key":"00","options":{},"inputs":{},"figures":{{counts}},
             "shards":[{"name":"00000.parquet","bytes":{{bytes.Length}},"sha256":"{{Convert.ToHexStringLower(SHA256.HashData(bytes))}}","figures":{{counts}},"left_out":[]}]}
            """);
        return store;
    }

    private static void ReadBlocks(string store)
    {
        using var blocks = new PackedBlocks(store);
        for (int b = 0; b < blocks.Count; b++)
        {
            blocks.Read(b);
        }
    }

    private static void Count<T>(IEnumerable<T> rows) => Assert.InRange(rows.Count(), 0, 1_000_000);
}
