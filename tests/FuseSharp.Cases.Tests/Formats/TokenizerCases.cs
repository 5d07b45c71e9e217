using System.Text.Json;
using FuseSharp.Testing;
using FuseSharp.Tokenizers.Files;

namespace FuseSharp.Cases.Tests.Formats;

public sealed class TokenizerCases : IDisposable
{
    private readonly ScratchFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory(Skip = SharedData.MissingReason, SkipType = typeof(CaseFolder), SkipWhen = nameof(CaseFolder.IsMissing))]
    [Case("formats/added-rstrip-whitespace")]
    [Case("formats/added-single-character")]
    [Case("formats/added-tab")]
    [Case("formats/config-add-prefix-space-false")]
    [Case("formats/config-add-prefix-space-gpt2")]
    [Case("formats/nfc-ufffe")]
    [Case("formats/spm-nmt-nfkc")]
    [Case("formats/spm-remove-extra-spaces")]
    [Case("formats/spm-user-defined")]
    [Case("formats/word-pattern-deepseek")]
    [Case("formats/word-pattern-tekken")]
    [InlineData("added-rstrip-whitespace")]
    [InlineData("added-single-character")]
    [InlineData("added-tab")]
    [InlineData("config-add-prefix-space-false")]
    [InlineData("config-add-prefix-space-gpt2")]
    [InlineData("nfc-ufffe")]
    [InlineData("spm-nmt-nfkc")]
    [InlineData("spm-remove-extra-spaces")]
    [InlineData("spm-user-defined")]
    [InlineData("word-pattern-deepseek")]
    [InlineData("word-pattern-tekken")]
    public void Encode_GivesTheIdsOfTheReference(string name)
    {
        using var right = JsonDocument.Parse(File.ReadAllText(CaseFolder.At("formats/" + name, "right.json")));
        var tokenizer = TokenizerFolder.Load(CaseFolder.At("formats/" + name));
        var ids = right.RootElement.EnumerateObject().First(p => p.Name.StartsWith("right", StringComparison.Ordinal)).Value;

        string[] texts = [.. right.RootElement.GetProperty("texts").EnumerateArray().Select(t => t.GetString()!)];
        for (int i = 0; i < texts.Length; i++)
        {
            var tokens = tokenizer.Encode(texts[i]);
            Assert.Equal(ids[i].EnumerateArray().Select(v => v.GetInt32()), tokens.Ids);
            Assert.Equal(tokens.EndsExclusive.Order(), tokens.EndsExclusive);
        }
    }

    [Fact(Skip = SharedData.MissingReason, SkipType = typeof(CaseFolder), SkipWhen = nameof(CaseFolder.IsMissing))]
    [Case("formats/vocab-and-merges-only")]
    public void VocabularyAndMerges_AreATokenizer()
    {
        var tokenizer = TokenizerFolder.Load(CaseFolder.At("formats/vocab-and-merges-only"));
        string text = "<|im_start|>user\nIs there one?\n\n    Yes: 12<|im_end|>";
        int[] ids = tokenizer.Encode(text).Ids;
        Assert.Equal(618, ids[0]);
        Assert.Equal(tokenizer.EndOfTextId, ids[^1]);
        Assert.Equal("user\nIs there one?\n\n    Yes: 12", tokenizer.Decode(ids));
        Assert.True(ids.Length < text.Length);

        TokenizerFolder.Copy(CaseFolder.At("formats/vocab-and-merges-only"), _folder.Path);
        Assert.Equal(tokenizer.Fingerprint, TokenizerFolder.Load(_folder.Path).Fingerprint);
    }

    [Fact(Skip = SharedData.MissingReason, SkipType = typeof(CaseFolder), SkipWhen = nameof(CaseFolder.IsMissing))]
    [Case("formats/nfc-ufffe")]
    public async Task TextsWithNoncharacters_AreSplit()
    {
        string split = _folder.At("out");
        await CommandRun.SucceedAsync("split", "--models", CaseFolder.At("formats/nfc-ufffe"), "--texts", $"a={CaseFolder.At("formats/nfc-ufffe", "texts.jsonl")}", "--set", "split.max_length=64", "--output", split);
        Assert.True(File.Exists(Path.Combine(split, "manifest.json")));
    }
}
