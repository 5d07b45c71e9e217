using System.Text.Json;
using FuseSharp.Testing;

namespace FuseSharp.Cases.Tests.Work;

public sealed class SeedCases : IDisposable
{
    private readonly ScratchFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact(Skip = SharedData.MissingReason, SkipType = typeof(CaseFolder), SkipWhen = nameof(CaseFolder.IsMissing))]
    [Case("work/seeds-overlap-evaluate")]
    public async Task NeighbouringSeeds_ShareNoText()
    {
        var texts = new List<string>();
        foreach (string seed in (string[])["1", "2", "-7"])
        {
            await CommandRun.SucceedAsync("generate", DemoModels.Path("security"), "--prompts", CaseFolder.At("work/seeds-overlap-evaluate", "same.txt"), "--output", _folder.At($"{seed}.jsonl"),
                "--max-tokens", "24", "--temperature", "1", "--top-p", "1", $"--seed={seed}", "--precision", "float32");
            texts.AddRange(File.ReadLines(_folder.At($"{seed}.jsonl")).Select(l => JsonDocument.Parse(l).RootElement.GetProperty("text").GetString()!));
        }

        Assert.Equal(12, texts.Count);
        Assert.Equal(texts.Count, texts.Distinct().Count());
    }
}
