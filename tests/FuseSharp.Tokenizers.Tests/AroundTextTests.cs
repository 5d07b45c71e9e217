using System.Text;
using FuseSharp.Errors;
using FuseSharp.Testing;
using FuseSharp.Tokenizers.Files;

namespace FuseSharp.Tokenizers.Tests;

/// <summary>What a tokenizer puts before and after texts.</summary>
public sealed class AroundTextTests : IDisposable
{
    private const string Text = """{"Sequence":{"id":"A","type_id":0}}""";

    private readonly ScratchFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("null", "<s>", false)]
    [InlineData("""{"type":"TemplateProcessing","single":[<s>,A],"special_tokens":{"<s>":{"id":"<s>","ids":[1],"tokens":["<s>"]}}}""", "<s>", true)]
    [InlineData("""{"type":"Sequence","processors":[{"type":"ByteLevel"},{"type":"TemplateProcessing","single":[<s>,A,</s>]}]}""", "<s>", true)]
    [InlineData("""{"type":"TemplateProcessing","single":[<s>,A]}""", null, true)] // nothing beside it names a bos_token
    [InlineData("""{"type":"RobertaProcessing","sep":["</s>",2],"cls":["<s>",1]}""", "<s>", true)]
    [InlineData("""{"type":"TemplateProcessing","single":[A,</s>]}""", "<s>", false)]
    public void Load_TellsWhatStandsBeforeATextOf(string processor, string? beginning, bool adds)
    {
        var tokenizer = Load(processor, beginning is null ? "{}" : $$"""{"bos_token":"{{beginning}}","eos_token":"</s>"}""");

        Assert.Equal(adds, tokenizer.AddsBeginningOfText);
        Assert.Equal(1, tokenizer.BeginningOfTextId);
    }

    [Theory]
    [InlineData("""{"type":"TemplateProcessing","single":[</s>,A]}""", """{"bos_token":"<s>"}""", "bos_token, here \"<s>\"")]
    [InlineData("""{"type":"TemplateProcessing","single":[<s>,</s>,A]}""", """{"bos_token":"<s>"}""", "\"<s></s>\" before a text")]
    [InlineData("""{"type":"TemplateProcessing","single":[<s>,A],"special_tokens":{"<s>":{"id":"<s>","ids":[0],"tokens":["<s>"]}}}""", """{"bos_token":"<s>"}""", "other ids")]
    [InlineData("""{"type":"TurnProcessing"}""", "{}", "TurnProcessing")]
    [InlineData("null", """{"eos_token":"<|end|>"}""", "<|end|>")]
    public void Load_WhatIsNotSupported_IsRefused(string processor, string config, string expected)
        => Assert.Contains(expected, Assert.Throws<ModelException>(() => Load(processor, config)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("""{"type":"TemplateProcessing","single":[A,</s>]}""", "{}")]
    public void Load_ATokenAfterEveryText_IsTold(string processor, string config)
    {
        var told = new System.Collections.Concurrent.ConcurrentQueue<string>();
        Warnings.Raised += told.Enqueue;
        try
        {
            Load(processor, config);
        }
        finally
        {
            Warnings.Raised -= told.Enqueue;
        }

        Assert.Contains("\"</s>\" after every text", Assert.Single(told, t => t.Contains(_folder.Path, StringComparison.Ordinal)), StringComparison.Ordinal);
    }

    private ITokenizer Load(string processor, string config)
    {
        string Special(string token) => $$$"""{"SpecialToken":{"id":"{{{token}}}","type_id":0}}""";
        string around = processor.Replace("[<s>,", $"[{Special("<s>")},", StringComparison.Ordinal).Replace("[</s>,", $"[{Special("</s>")},", StringComparison.Ordinal)
            .Replace(",</s>", $",{Special("</s>")}", StringComparison.Ordinal).Replace(",A", "," + Text, StringComparison.Ordinal).Replace("[A", "[" + Text, StringComparison.Ordinal);
        string Added(int id, string token) => $$"""{"id":{{id}},"content":"{{token}}","special":true,"lstrip":false,"rstrip":false,"normalized":false,"single_word":false}""";
        _folder.Write("tokenizer_config.json", Encoding.UTF8.GetBytes(config));
        _folder.Write("tokenizer.json", Encoding.UTF8.GetBytes($$$"""
            {"added_tokens":[{{{Added(1, "<s>")}}},{{{Added(2, "</s>")}}}],"post_processor":{{{around}}},
             "pre_tokenizer":{"type":"ByteLevel","add_prefix_space":false,"use_regex":true},"decoder":{"type":"ByteLevel"},
             "model":{"type":"BPE","vocab":{"a":0,"<s>":1,"</s>":2},"merges":[]}}
            """));
        return TokenizerFolder.Load(_folder.Path);
    }
}
