using System.Text;
using FuseSharp.Errors;
using FuseSharp.Testing;
using FuseSharp.Tokenizers.Files;
using FuseSharp.Tokenizers.Normalization;

namespace FuseSharp.Tokenizers.Tests;

public sealed class OddTextTests : IDisposable
{
    private readonly ScratchFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    // Every character, half pairs too, alone and with marks behind it that change places: none is refused, and what .NET takes is as .NET has it, but for what is newer than Hugging Face's Unicode.
    [Theory]
    [InlineData(NormalizationForm.FormC)]
    [InlineData(NormalizationForm.FormD)]
    [InlineData(NormalizationForm.FormKC)]
    [InlineData(NormalizationForm.FormKD)]
    public void Normalize_TakesEveryCharacter(NormalizationForm form)
    {
        var normalizer = new UnicodeNormalizer(form);
        for (int code = 0; code < 0x30000; code++)
        {
            string text = (code < 0x10000 ? ((char)code).ToString() : char.ConvertFromUtf32(code)) + "\u0301\u0323";
            string normalized = normalizer.Normalize(AlignedText.FromText(text).All, isContinuation: false).Span.ToString();
            bool isHalf = code <= 0xFFFF && char.IsSurrogate((char)code);
            bool isRefused = code == 0xFFFE || isHalf || normalizer.IsLater(code);
            string first = isHalf ? "\uFFFD" : text[..^2]; // half a pair has no UTF-8
            Assert.Equal(isRefused ? first + text[^2..].Normalize(form) : text.Normalize(form), normalized);
        }
    }

    [Theory]
    [InlineData("{\"type\":\"Sequence\",\"normalizers\":[{\"type\":\"Replace\",\"pattern\":{\"String\":\"a\"},\"content\":\"aaaaaaaaaa\"},{\"type\":\"Replace\",\"pattern\":{\"String\":\"a\"},\"content\":\"aaaaaaaaaa\"}]}", "at most 64-fold")]
    [InlineData("{\"type\":\"Precompiled\"}", "a field 'precompiled_charsmap'")]
    public void Load_NormalizerThatGrows_IsRefused(string normalizer, string expected)
        => Assert.Contains(expected, Refusal($$"""{"normalizer":{{normalizer}},"model":{"type":"BPE","vocab":{"a":0},"merges":[]} }"""), StringComparison.Ordinal);

    [Theory]
    [InlineData("{\"type\":\"BPE\",\"vocab\":{\"a\":0},\"merges\":[0,0]}", "merges[0]")]
    [InlineData("{\"type\":\"BPE\",\"vocab\":{\"a\":3999999},\"merges\":[]}", "ids up to 3999999")]
    [InlineData("{\"type\":\"BPE\",\"dropout\":0.1,\"vocab\":{\"a\":0},\"merges\":[]}", "left out at random")]
    [InlineData("{\"type\":\"Unigram\",\"vocab\":[[\"a\",0]]}", "names no unknown token")]
    [InlineData("{\"type\":\"Characters\",\"vocab\":{\"a\":0}}", "known are BPE, Unigram, WordPiece and WordLevel")]
    [InlineData("{\"type\":\"WordLevel\",\"vocab\":{\"a\":0}}", "it lacks \"[UNK]\"")]
    [InlineData("{\"type\":\"BPE\",\"vocab\":{\"\\ud800\":0},\"merges\":[]}", "valid Unicode")]
    public void Load_ModelsOfOtherKinds_AreNamed(string model, string expected)
        => Assert.Contains(expected, Refusal($$"""{"model":{{model}} }"""), StringComparison.Ordinal);

    [Fact]
    public void Roles_WithoutDecoder_ComeFromTheMap()
    {
        _folder.Write("tokenizer.json", """{"model":{"type":"BPE","vocab":{"a":0,"b":1},"merges":[]},"pre_tokenizer":{"type":"ByteLevel","add_prefix_space":false}}"""u8.ToArray());
        _folder.Write("special_tokens_map.json", """{"eos_token":"b"}"""u8.ToArray());
        _folder.Write("tokenizer_config.json", """{"eos_token":"a"}"""u8.ToArray());
        Assert.Equal(1, TokenizerFolder.Load(_folder.Path).EndOfTextId);

        _folder.Write("tokenizer_config.json", """{"eos_token":"a","added_tokens_decoder":{"0":{"content":"a","special":true}}}"""u8.ToArray());
        Assert.Equal(0, TokenizerFolder.Load(_folder.Path).EndOfTextId);
    }

    [Fact]
    public void SingleWord_NextToAJoiner_IsNotFound()
    {
        _folder.Write("tokenizer.json", """
            {"added_tokens":[{"id":4,"content":"x","single_word":true,"special":false,"normalized":false}],
            "model":{"type":"BPE","vocab":{"x":0,"a":1,"Ġ":2,"âĢį":3},"merges":[]},"pre_tokenizer":{"type":"ByteLevel","add_prefix_space":false}}
            """.Replace("\"x\":0,", "", StringComparison.Ordinal) is var json ? Encoding.UTF8.GetBytes(json) : []);
        var tokenizer = TokenizerFolder.Load(_folder.Path);
        Assert.Contains(4, tokenizer.Encode("a x a").Ids);
        Assert.DoesNotContain(4, tokenizer.Encode("a \u200Dx a").Ids);
        Assert.DoesNotContain(4, tokenizer.Encode("x\U0001F130").Ids);
    }

    private string Refusal(string json)
    {
        _folder.Write("tokenizer.json", Encoding.UTF8.GetBytes(json));
        return Assert.Throws<ModelException>(() => TokenizerFolder.Load(_folder.Path)).Message;
    }
}
