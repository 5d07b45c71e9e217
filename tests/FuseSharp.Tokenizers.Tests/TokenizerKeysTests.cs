using System.Text.Json.Nodes;
using FuseSharp.Conversations;
using FuseSharp.Errors;
using FuseSharp.Testing;
using FuseSharp.Tokenizers.Chat;
using FuseSharp.Tokenizers.Files;
using FuseSharp.Tokenizers.Training;

namespace FuseSharp.Tokenizers.Tests;

/// <summary>Every key of a tokenizer's files is honoured, ignored on purpose, refused, or warned about once.</summary>
public sealed class TokenizerKeysTests : IDisposable
{
    private readonly ScratchFolder _folder = new();

    public TokenizerKeysTests()
        => TokenizerFolder.Save(TokenizerTrainer.Train(["ab ab"], new TokenizerTrainOptions { Family = TokenizerFamily.ByteLevel, VocabularySize = 258 }), _folder.Path);

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("""{"do_lower_case": true}""", "'do_lower_case' true, by which texts would be made lower case")]
    [InlineData("""{"strip_accents": true}""", "lose their accents")]
    [InlineData("""{"fix_mistral_regex": true}""", "'fix_mistral_regex' true")]
    [InlineData("""{"from_slow": true}""", "'from_slow' true")]
    [InlineData("""{"tokenizer_class": "LlamaTokenizerFast", "add_eos_token": true}""", "'add_eos_token' true, by which every prompt would end")]
    [InlineData("""{"tokenizer_class": "GPTNeoXTokenizer", "add_eos_token": true}""", "'add_eos_token' true")]
    [InlineData("""{"sp_model_kwargs": {"enable_sampling": true, "alpha": 0.2}}""", "'enable_sampling' true, by which texts would be split at random")]
    [InlineData("""{"split_special_tokens": "yes"}""", "expected true or false")]
    [InlineData("""{"extra_special_tokens": 7}""", "expected an array")]
    public void KeyThatChangesTokens_IsRefusedByName(string keys, string expected)
    {
        Change("tokenizer_config.json", keys);

        Assert.Contains(expected, Assert.Throws<ModelException>(() => TokenizerFolder.Load(_folder.Path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void KnownKeys_OfTransformers4And5_SayNothing()
    {
        Change("tokenizer_config.json", """
            {"split_special_tokens": false, "do_lower_case": false, "add_eos_token": true, "clean_up_tokenization_spaces": true, "model_max_length": 4096, "padding_side": "left",
            "truncation_side": "left", "sp_model_kwargs": {}, "backend": "tokenizers", "is_local": true, "auto_map": null, "never_heard_of": null, "extra_special_tokens": {}, "errors": "replace",
            "use_default_system_prompt": false, "special_tokens_map_file": "x", "model_input_names": ["input_ids"]}
            """);
        Change("tokenizer.json", """{"truncation": {"max_length": 3}, "padding": {"strategy": "BatchLongest"}}""");

        Assert.Empty(WarningsOf(() => TokenizerFolder.Load(_folder.Path)));
    }

    [Theory]
    [InlineData("tokenizer_config.json", """{"frobnicates": true, "image_token": "<image>"}""", "'frobnicates', 'image_token'")]
    [InlineData("special_tokens_map.json", """{"pad_token": "a", "boi_token": "b"}""", "'boi_token'")]
    [InlineData("tokenizer.json", """{"detour": {}}""", "'detour'")]
    public void UnknownKey_IsWarnedAboutOnce(string file, string keys, string named)
    {
        Change(file, keys);

        string warning = Assert.Single(WarningsOf(() => TokenizerFolder.Load(_folder.Path)));

        Assert.Contains(file, warning, StringComparison.Ordinal);
        Assert.EndsWith($"not known here and not used: {named}.", warning, StringComparison.Ordinal);
        Assert.Empty(WarningsOf(() => TokenizerFolder.Load(_folder.Path)));
    }

    [Theory]
    [InlineData("""{"extra_special_tokens": ["a"]}""")]
    [InlineData("""{"extra_special_tokens": {"letter_token": "a"}}""")]
    [InlineData("""{"additional_special_tokens": [{"content": "a", "lstrip": false}]}""")]
    public void NamedSpecialTokens_AreSpecial(string keys)
    {
        Assert.Equal("ab", TokenizerFolder.Load(_folder.Path).Decode(TokenizerFolder.Load(_folder.Path).Encode("ab").Ids));
        Change("tokenizer_config.json", keys);

        var tokenizer = TokenizerFolder.Load(_folder.Path);

        Assert.Equal("b", tokenizer.Decode(tokenizer.Encode("ab").Ids));
    }

    // Special tokens written out in a text are looked for, or are text.
    [Theory]
    [InlineData("false", 1)]
    [InlineData("true", -1)]
    public void SplitSpecialTokens_IsHeeded(string splits, int expected)
    {
        Change("tokenizer_config.json", $$"""{"split_special_tokens": {{splits}}}""");

        Assert.Equal(expected, Array.IndexOf(TokenizerFolder.Load(_folder.Path).Encode("a<|endoftext|>").Ids, 0));
    }

    // What BERT's classes say of case must be what the normalizer does; others lower texts only by their normalizer.
    [Theory]
    [InlineData("""{"type":"BertNormalizer","lowercase":true}""", """{"do_lower_case":true,"strip_accents":null,"tokenize_chinese_chars":true}""", null)]
    [InlineData("""{"type":"BertNormalizer","lowercase":true}""", """{"strip_accents":true}""", null)] // where nothing is said they go with the capitals
    [InlineData("""{"type":"BertNormalizer","lowercase":true}""", """{"do_lower_case":false}""", "has 'do_lower_case' false, the normalizer in tokenizer.json says otherwise")]
    [InlineData("""{"type":"BertNormalizer","lowercase":true}""", """{"strip_accents":false}""", "has 'strip_accents' false")]
    [InlineData("""{"type":"BertNormalizer","handle_chinese_chars":false}""", """{"tokenize_chinese_chars":true}""", "has 'tokenize_chinese_chars' true")]
    [InlineData("""{"type":"Sequence","normalizers":[{"type":"NFD"},{"type":"Lowercase"}]}""", """{"do_lower_case":true}""", null)]
    [InlineData("null", """{"do_lower_case":true}""", "texts would be made lower case")]
    public void KeysOfCase_MustBeWhatTheNormalizerDoes(string normalizer, string keys, string? expected)
    {
        Change("tokenizer.json", $$"""{"normalizer":{{normalizer}} }""");
        Change("tokenizer_config.json", keys);

        if (expected is null)
        {
            Assert.NotNull(TokenizerFolder.Load(_folder.Path));
        }
        else
        {
            Assert.Contains(expected, Assert.Throws<ModelException>(() => TokenizerFolder.Load(_folder.Path)).Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("""{"tokenizer_class": "PreTrainedTokenizerFast", "add_prefix_space": true}""", " b")]
    [InlineData("""{"tokenizer_class": "PreTrainedTokenizerFast", "add_prefix_space": false}""", "b")]
    [InlineData("""{"tokenizer_class": "PreTrainedTokenizerFast"}""", "b")]
    public void AddPrefixSpace_OfAnyByteLevelClass_IsHeeded(string keys, string expected)
    {
        Change("tokenizer_config.json", keys);
        var tokenizer = TokenizerFolder.Load(_folder.Path);

        Assert.Equal(expected, string.Concat(tokenizer.Encode("b").Ids.Select(id => System.Text.Encoding.UTF8.GetString(tokenizer.TextOf(id).Span))));
    }

    [Theory]
    [InlineData("true", true)]
    [InlineData("false", false)]
    public void VocabularyAndMerges_OfGpt2_BeginAsTheirOptionSays(string adds, bool expected)
    {
        using var folder = new ScratchFolder();
        File.WriteAllText(folder.At("vocab.json"), """{"</s>": 0, "a": 1, "b": 2, "ab": 3}""");
        File.WriteAllText(folder.At("merges.txt"), "#version: 0.2\na b\n");
        File.WriteAllText(folder.At("tokenizer_config.json"), $$"""{"tokenizer_class": "GPT2Tokenizer", "bos_token": {"content": "</s>"}, "eos_token": "</s>", "unk_token": "</s>", "add_bos_token": {{adds}}}""");

        Assert.Equal(expected, TokenizerFolder.Load(folder.Path).AddsBeginningOfText);
    }

    [Theory]
    [InlineData("""{"default": "{{ messages[0].content }}!", "tool_use": "?"}""")]
    [InlineData("""[{"name": "tool_use", "template": "?"}, {"name": "default", "template": "{{ messages[0].content }}!"}]""")]
    public void ChatTemplates_OfSeveralNames_TheDefaultCounts(string templates)
    {
        Change("tokenizer_config.json", $$"""{"chat_template": {{templates}}}""");

        Assert.Equal("ho!", ChatTemplate.Find(_folder.Path)!.Render([new ChatMessage("user", "ho")]));
    }

    [Fact]
    public void ChatTemplate_OfAnotherKind_IsRefused()
    {
        Change("tokenizer_config.json", """{"chat_template": 5}""");

        Assert.Contains("expected a template, or several with names", Assert.Throws<ModelException>(() => ChatTemplate.Find(_folder.Path)).Message, StringComparison.Ordinal);
    }

    [Fact(Skip = SharedData.MissingReason, SkipWhen = nameof(SharedData.IsMissing), SkipType = typeof(SharedData))]
    public void PublishedFiles_SayNothing()
    {
        string[] folders = [.. Directory.GetFiles(SharedData.Path("data"), "tokenizer_config.json", SearchOption.AllDirectories).Select(f => Path.GetDirectoryName(f)!)];

        string[] warnings = WarningsOf(
            () =>
            {
                foreach (string folder in folders)
                {
                    try
                    {
                        TokenizerFolder.Load(folder);
                    }
                    catch (ModelException fault) when (!fault.Message.Contains("true, by which", StringComparison.Ordinal))
                    {
                        // A kind of vocabulary that is not supported; keys are looked at first.
                    }
                }
            }, SharedData.Path("data"));

        Assert.NotEmpty(folders);
        Assert.DoesNotContain(warnings, w => !w.Contains("after every text", StringComparison.Ordinal));
    }

    private string[] WarningsOf(Action read, string? place = null)
    {
        var told = new List<string>();
        void Tell(string text)
        {
            lock (told)
            {
                told.Add(text);
            }
        }

        Warnings.Raised += Tell;
        try
        {
            read();
        }
        finally
        {
            Warnings.Raised -= Tell;
        }

        return [.. told.Where(t => t.Contains(place ?? _folder.Path, StringComparison.Ordinal))];
    }

    private void Change(string file, string keys)
    {
        var root = File.Exists(_folder.At(file)) ? JsonNode.Parse(File.ReadAllText(_folder.At(file)))!.AsObject() : [];
        foreach (var (key, value) in JsonNode.Parse(keys)!.AsObject())
        {
            root[key] = value?.DeepClone();
        }

        File.WriteAllText(_folder.At(file), root.ToJsonString());
    }
}
