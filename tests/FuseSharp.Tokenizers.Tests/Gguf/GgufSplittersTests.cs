using System.Text;
using FuseSharp.Testing;
using FuseSharp.Tokenizers.Files;

namespace FuseSharp.Tokenizers.Tests.Gguf;

/// <summary>llama.cpp's names of pre-tokenizers against the files of the models that have them.</summary>
public sealed class GgufSplittersTests
{
    [Theory(Skip = SharedData.MissingReason, SkipWhen = nameof(SharedData.IsMissing), SkipType = typeof(SharedData))]
    [InlineData("deepseek-v3", "deepseek-v3")]
    [InlineData("falcon-7b", "falcon")]
    [InlineData("mistral-nemo", "tekken")]
    [InlineData("olmo-2", "dbrx")]
    [InlineData("phi-4", "dbrx")]
    [InlineData("granite-4.0", "dbrx")]
    [InlineData("qwen3", "qwen2")]
    [InlineData("smollm2", "smollm")]
    [InlineData("invented-plain", "gpt-2")]
    public void Name_IsThatOfTheModel_AndItsStepsAreTheFiles(string folder, string expected)
    {
        string file = SharedData.Path("data", "tokenizers-today", folder, "tokenizer.json");
        var root = JsonPart.Parse(File.ReadAllBytes(file), file);

        Assert.Equal(expected, GgufSplitters.NameOf(root));
        var steps = GgufSplitters.Find(expected)!.Steps.SelectMany(s => SplitterReader.Read(JsonPart.Parse(Encoding.UTF8.GetBytes(s), expected)));
        Assert.Equal(SplitterReader.Read(root.Find("pre_tokenizer")).Select(s => s.Description), steps.Select(s => s.Description));
    }

    [Fact]
    public void Steps_OfEveryName_AreRead()
        => Assert.All(GgufSplitters.Names, name => Assert.All(GgufSplitters.Find(name)!.Steps, s => SplitterReader.Read(JsonPart.Parse(Encoding.UTF8.GetBytes(s), name))));
}
