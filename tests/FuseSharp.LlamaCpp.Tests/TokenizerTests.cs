using System.Text.Json;
using FuseSharp.Models;
using FuseSharp.Models.Architectures;
using FuseSharp.Models.Configuration;
using FuseSharp.Models.Export;
using FuseSharp.Testing;
using FuseSharp.Tokenizers.Files;
using static TorchSharp.torch;

namespace FuseSharp.LlamaCpp.Tests;

/// <summary>Tokens that llama.cpp makes of texts with an exported file against those of the model's own tokenizer.</summary>
public sealed class TokenizerTests
{
    private static readonly string[] _texts =
    [
        "", " ", "a", "\n", "Gets the value.", " leading", "two  spaces,   three", "trailing ", "tabs\tand\r\nlines\n\n\nmany", "Grüße aus Zürich, naïve Öre: ß Ü", "İstanbul'da ılık",
        "don't I'm you'll", "1234567890 3.14159 0x1F", "日本語 русский 한국어 مرحبا", "😀 👨‍👩‍👧‍👦 🇩🇪!", "    if (x == null) { throw new ArgumentNullException(nameof(x)); }\n\treturn x;\n",
        "zero\u200bwidth\u00a0nbsp \u0001", "▁ and Ġ", "a<s>b </s> c<|endoftext|>d <unk>", "<0x0A> literal", new string('a', 60),
    ];

    [Theory(Skip = LlamaCppLibrary.MissingReason, SkipWhen = nameof(LlamaCppLibrary.IsMissing), SkipType = typeof(LlamaCppLibrary))]
    [InlineData("security")]
    [InlineData("data")]
    [InlineData("web")]
    public void Encode_DemoModel_GivesOurTokens(string name)
    {
        using var exported = ExportedModel.Of(DemoModels.Path(name), ExportType.Q8);

        AssertSame(exported, _texts);
    }

    [Theory(Skip = LlamaCppLibrary.MissingReason, SkipWhen = nameof(LlamaCppLibrary.IsMissing), SkipType = typeof(LlamaCppLibrary))]
    [InlineData("gpt-neox-20b", "gpt-neox-20b.fast")]
    [InlineData("mistral-7b-v0.1", "mistral-7b-v0.1.slow-legacy")]
    public void Encode_RealTokenizer_GivesOurTokens(string name, string golden)
    {
        Assert.SkipWhen(SharedData.IsMissing, SharedData.MissingReason);
        using var folder = new ScratchFolder();
        MakeModel(folder, SharedData.Path("data", "tokenizers", name));
        using var exported = ExportedModel.Of(folder.Path, ExportType.Q8);
        var hard = File.ReadLines(SharedData.Path("golden", "tokenizers", golden + ".jsonl")).Select(l => JsonSerializer.Deserialize<JsonElement>(l).GetProperty("text").GetString()!);

        // llama.cpp composes no characters (e and an accent to é), which the tokenizer.json of GPT-NeoX asks for.
        AssertSame(exported, [.. _texts.Concat(hard).Select(t => t.Normalize())]);
    }

    private static void AssertSame(ExportedModel exported, string[] texts)
    {
        var ours = TokenizerFolder.Load(exported.Folder);
        using var llamaCpp = LlamaCppModel.LoadTokenizer(exported.File);

        foreach (string text in texts)
        {
            int[] start = ours is { AddsBeginningOfText: true, BeginningOfTextId: { } id } ? [id] : [];
            Assert.Equal((text, string.Join(' ', ours.Encode(text).Ids)), (text, string.Join(' ', llamaCpp.Encode(text))));
            Assert.Equal([.. start, .. ours.Encode(text).Ids], llamaCpp.Encode(text, addsSpecial: true));
        }

        Assert.Equal(ours.EndOfTextId, llamaCpp.SpecialIds.End);
        for (int i = 0; i < ours.Vocabulary.Count; i++)
        {
            Assert.Equal(Convert.ToHexString(ours.TextOf(i).Span), Convert.ToHexString(llamaCpp.TextOf(i)));
        }
    }

    /// <summary>A model of no use around a tokenizer: an export takes no tokenizer alone.</summary>
    private static void MakeModel(ScratchFolder folder, string tokenizer)
    {
        TokenizerFolder.Copy(tokenizer, folder.Path);
        int rows = TokenizerFolder.Load(folder.Path).Vocabulary.Count;
        File.WriteAllText(folder.At("config.json"), FormattableString.Invariant($$"""
            {"architectures": ["LlamaForCausalLM"], "vocab_size": {{rows}}, "hidden_size": 32, "intermediate_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2,
             "max_position_embeddings": 64, "tie_word_embeddings": true}
            """));
        using var noGradient = no_grad();
        using var model = ModelFactory.Create(ModelConfig.Read(folder.Path), ScalarType.Float32);
        foreach (var weight in model.parameters())
        {
            weight.zero_();
        }

        ModelFolder.Save(model, folder.Path, ScalarType.BFloat16);
    }
}
