using System.Text.Json.Nodes;
using FuseSharp.Fusion.Map;
using FuseSharp.Testing;
using FuseSharp.Tokenizers;
using FuseSharp.Tokenizers.Files;

namespace FuseSharp.Fusion.Tests.Map;

/// <summary>Every entry of the reference's mappings.</summary>
public sealed class GoldenMapTests
{
    [Fact(Skip = SharedData.MissingReason, SkipWhen = nameof(SharedData.IsMissing), SkipType = typeof(SharedData))]
    public void Map_RealTokenizers_EqualsReference()
        => Compare(TokenizerFolder.Load(SharedData.Path("data", "tokenizers", "mistral-7b-v0.1")), TokenizerFolder.Load(SharedData.Path("data", "tokenizers", "gpt-neox-20b")),
            FuseLlmGoldens.Strings("real", "vocab_mapping.json.gz"));

    [Theory]
    [InlineData("open_llama_source")]
    [InlineData("mpt_source")]
    public void Map_SmallModels_EqualsReference(string source)
        => Compare(Small("llama_target"), Small(source), FuseLlmGoldens.Strings("small", "map", source + ".default.json"));

    [Theory]
    [InlineData("open_llama_source")]
    [InlineData("mpt_source")]
    public void Map_ByCoOccurrence_EqualsReferenceAndItsLog(string source)
    {
        using var folder = new ScratchFolder();
        var texts = FuseLlmGoldens.Lines("small", "split.jsonl").Where(l => l.GetProperty("split").GetString() == "validation").Select(l => l.GetProperty("text").GetString()!);

        MapStage.WriteFile(Small("llama_target"), Small(source), MapVariant.CoOccurrence, texts, 128, asReference: true, folder.At("map.json"), default);

        Assert.Equal(FuseLlmGoldens.Strings("small", "map", source + ".co_occurrence.json").OrderBy(e => e.Key, StringComparer.Ordinal), FuseLlmGoldens.StringsOf(folder.At("map.json")).OrderBy(e => e.Key, StringComparer.Ordinal));
        var changes = JsonNode.Parse(File.ReadAllText(folder.At("map_updated_log.json")))!.AsObject();
        var expected = JsonNode.Parse(File.ReadAllText(FuseLlmGoldens.Path("small", "map", source + ".co_occurrence_updated_log.json")))!.AsObject();
        Assert.Equal(Lines(expected), Lines(changes));
    }

    private static IEnumerable<string> Lines(JsonObject log) => log.Select(e => $"{e.Key}: {e.Value!["default"]} -> {e.Value["co-occurrence"]}").Order(StringComparer.Ordinal);

    private static ITokenizer Small(string model) => TokenizerFolder.Load(FuseLlmGoldens.Path("small", "models", model));

    private static void Compare(ITokenizer target, ITokenizer source, Dictionary<string, string> expected)
    {
        var map = new VocabularyMapper(target, source).Map(Environment.ProcessorCount);

        var actual = new Dictionary<string, string>();
        for (int id = 0; id < map.Targets.Length; id++)
        {
            actual[WordMarker.Replace(source.Vocabulary[id], source.Family, target.Family)] = target.Vocabulary[map.Targets[id]];
        }

        Assert.Equal(expected.Count, actual.Count);
        Assert.All(expected, e => Assert.Equal(e.Value, actual[e.Key]));
    }
}
