using System.Text.Json;
using FuseSharp.Testing;
using FuseSharp.Tokenizers.Files;

namespace FuseSharp.Tokenizers.Tests;

/// <summary>Every line of the goldens: what Hugging Face makes of hard texts and real ones.</summary>
public sealed class GoldenTokenizerTests
{
    [Fact(Skip = SharedData.MissingReason, SkipWhen = nameof(SharedData.IsMissing), SkipType = typeof(SharedData))]
    public void Encode_GptNeoXJson_EqualsHuggingFace()
        => Compare(TokenizerFolder.Load(SharedData.Path("data", "tokenizers", "gpt-neox-20b")), "gpt-neox-20b.fast");

    [Fact(Skip = SharedData.MissingReason, SkipWhen = nameof(SharedData.IsMissing), SkipType = typeof(SharedData))]
    public void Encode_MistralModelLegacy_EqualsHuggingFace()
        => Compare(TokenizerFolder.Load(SharedData.Path("data", "tokenizers", "mistral-7b-v0.1")), "mistral-7b-v0.1.slow-legacy");

    [Fact(Skip = SharedData.MissingReason, SkipWhen = nameof(SharedData.IsMissing), SkipType = typeof(SharedData))]
    public void Encode_MistralModelNotLegacy_EqualsHuggingFace()
    {
        using var folder = new TemporaryFolder();
        TokenizerFolder.Copy(SharedData.Path("data", "tokenizers", "mistral-7b-v0.1"), folder.Path);
        File.WriteAllText(Path.Combine(folder.Path, "tokenizer_config.json"), """{"legacy": false}""");

        Compare(TokenizerFolder.Load(folder.Path), "mistral-7b-v0.1.slow");
    }

    [Theory]
    [InlineData("invented-plain")]  // byte-level BPE
    [InlineData("spm-bpe-nobytes")] // SentencePiece as tokenizer.json, unknown characters
    public void Encode_SmallJson_EqualsHuggingFace(string name)
        => Compare(TokenizerFolder.Load(GoldenSet.Path("tokenizers-today", name)), GoldenSet.Path("tokenizers-today", name + ".jsonl"), 122);

    [Theory]
    [InlineData("llama_target")] // SentencePiece, legacy
    [InlineData("open_llama_source")]
    [InlineData("mpt_source")] // byte-level BPE
    public void Encode_ModelsOfTheSmallFusion_GivesTheReferencesIds(string name)
    {
        var tokenizer = TokenizerFolder.Load(FuseLlmGoldens.Path("small", "models", name));
        int compared = 0;
        foreach (var (text, expected) in FuseLlmGoldens.Lines("small", "split.jsonl").Zip(FuseLlmGoldens.Lines("small", "represent", name + ".jsonl")))
        {
            int[] ids = [.. tokenizer.Encode(text.GetProperty("text").GetString()!).Ids, tokenizer.EndOfTextId!.Value];
            Assert.Equal(expected.Integers("input_ids"), ids.Take(128)); // the block's length
            compared++;
        }

        Assert.Equal(62, compared);
    }

    private static void Compare(ITokenizer tokenizer, string golden) => Compare(tokenizer, GoldenSet.Path("tokenizers", golden + ".jsonl"), 75);

    private static void Compare(ITokenizer tokenizer, string file, int count)
    {
        int lines = 0;
        foreach (string line in File.ReadLines(file))
        {
            using var document = JsonDocument.Parse(line);
            var expected = document.RootElement;
            string text = expected.GetProperty("text").GetString()!;
            int[] ids = [.. expected.GetProperty("ids").EnumerateArray().Select(e => e.GetInt32())];

            var actual = tokenizer.Encode(text);

            Assert.Equal(ids, actual.Ids);
            Assert.Equal(expected.GetProperty("tokens").EnumerateArray().Select(e => e.GetString()), ids.Select(id => tokenizer.Vocabulary[id]));
            Assert.Equal(expected.GetProperty("decoded").GetString(), tokenizer.Decode(ids));
            int[] beginning = tokenizer.AddsBeginningOfText ? [tokenizer.BeginningOfTextId!.Value] : [];
            Assert.Equal(expected.GetProperty("ids_with_special").EnumerateArray().Select(e => e.GetInt32()), [.. beginning, .. ids]);
            EndsCheck.Holds(text, actual);
            lines++;
        }

        Assert.Equal(count, lines);
    }
}
