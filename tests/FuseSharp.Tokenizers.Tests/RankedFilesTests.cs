using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using FuseSharp.Errors;
using FuseSharp.Testing;
using FuseSharp.Tokenizers.Bpe;
using FuseSharp.Tokenizers.Files;

namespace FuseSharp.Tokenizers.Tests;

/// <summary>tiktoken's and Tekken's files: the same vocabularies as tokenizer.json, written back to their ranks, give the goldens' ids.</summary>
public sealed class RankedFilesTests : IDisposable
{
    private readonly ScratchFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact(Skip = SharedData.MissingReason, SkipWhen = nameof(SharedData.IsMissing), SkipType = typeof(SharedData))]
    public void Tekken_GivesTheIdsOfMistralNemo()
    {
        var vocabulary = Ranked("mistral-nemo", first: 1000);
        var root = new JsonObject
        {
            ["config"] = new JsonObject { ["pattern"] = PatternOf("mistral-nemo"), ["num_vocab_tokens"] = 150_000, ["default_vocab_size"] = 131_072, ["default_num_special_tokens"] = 1000, ["version"] = "v3" },
            ["vocab"] = new JsonArray([.. vocabulary.Append([0xFF, 0xFE, 0xFD]).Select((t, rank) => (JsonNode)new JsonObject { ["rank"] = rank, ["token_bytes"] = Convert.ToBase64String(t), ["token_str"] = null })]),
        };
        _folder.Write("tekken.json", JsonSerializer.SerializeToUtf8Bytes(root));

        var tokenizer = TokenizerFolder.Load(_folder.Path);

        Assert.True(tokenizer.AddsBeginningOfText);
        Assert.Equal((1, 2), (tokenizer.BeginningOfTextId, tokenizer.EndOfTextId));
        Compare("mistral-nemo", tokenizer);
    }

    // olmo-2 has Llama 3's pattern, and special tokens of its own in the configuration.
    [Fact(Skip = SharedData.MissingReason, SkipWhen = nameof(SharedData.IsMissing), SkipType = typeof(SharedData))]
    public void Tiktoken_GivesTheIdsOfOlmo2()
    {
        var vocabulary = Ranked("olmo-2", first: 0);
        _folder.Write("tokenizer.model", Encoding.ASCII.GetBytes(string.Concat(vocabulary.Select((t, rank) => $"{Convert.ToBase64String(t)} {rank}\n"))));
        var added = Json("olmo-2")["added_tokens"]!.AsArray().Select(t => KeyValuePair.Create(t!["id"]!.ToString(), (JsonNode?)t.DeepClone()));
        var config = new JsonObject { ["bos_token"] = "<|endoftext|>", ["eos_token"] = "<|endoftext|>", ["added_tokens_decoder"] = new JsonObject(added) };
        _folder.Write("tokenizer_config.json", JsonSerializer.SerializeToUtf8Bytes(config));

        Compare("olmo-2", TokenizerFolder.Load(_folder.Path));
    }

    [Fact]
    public void Tiktoken_SavedAndCopied_StaysTheSame()
    {
        _folder.Write("tokenizer.model", "YQ== 0\nYg== 1\nYWI= 2\nIA== 3\n"u8.ToArray());
        using var saved = new ScratchFolder();
        var tokenizer = TokenizerFolder.Load(_folder.Path);
        TokenizerFolder.Copy(_folder.Path, saved.Path);

        Assert.Equal([2, 3, 1, 4], tokenizer.Encode("ab b<|begin_of_text|>").Ids);
        Assert.Equal("<|reserved_special_token_247|>", tokenizer.Vocabulary[4 + 255]);
        Assert.Equal(tokenizer.Fingerprint, TokenizerFolder.Load(saved.Path).Fingerprint);
    }

    [Theory]
    [InlineData("tokenizer.model", "YQ== 0\nYg== 5\n", "with rank 5 among 2")]
    [InlineData("tokenizer.model", "YQ== 0\nYQ== 1\n", "expected different tokens")]
    [InlineData("tokenizer.model", "YQ== 0\n!!! 1\n", "in line 2; expected a token in base64")]
    [InlineData("tekken.json", """{"config":{"pattern":"a","default_vocab_size":3,"default_num_special_tokens":30},"vocab":[]}""", "holds no tokens")]
    [InlineData("tekken.json", """{"config":{"pattern":"a","default_vocab_size":31,"default_num_special_tokens":30},"vocab":[{"rank":0,"token_bytes":"?"}]}""", "bytes in base64")]
    [InlineData("tekken.json", """{"config":{"pattern":"(","default_vocab_size":31,"default_num_special_tokens":30},"vocab":[{"rank":0,"token_bytes":"YQ=="}]}""", "a group that is not closed")]
    [InlineData("tekken.json", """{"config":{"pattern":"a","default_vocab_size":6,"default_num_special_tokens":5},"vocab":[{"rank":0,"token_bytes":"YQ=="}]}""", "the number of special tokens")]
    public void Damaged_SaysWhere(string file, string content, string expected)
    {
        _folder.Write(file, Encoding.UTF8.GetBytes(content));

        Assert.Contains(expected, Assert.Throws<ModelException>(() => TokenizerFolder.Load(_folder.Path)).Message, StringComparison.Ordinal);
    }

    private static JsonNode Json(string name) => JsonNode.Parse(File.ReadAllBytes(SharedData.Path("data", "tokenizers-today", name, "tokenizer.json")))!;

    private static string PatternOf(string name) => Json(name)["pre_tokenizer"]!["pretokenizers"]![0]!["pattern"]!["Regex"]!.ToString();

    // Without the special tokens, which stand before or behind the others.
    private static List<byte[]> Ranked(string name, int first)
    {
        var root = Json(name);
        var added = root["added_tokens"]!.AsArray().Select(t => t!["id"]!.GetValue<int>()).ToHashSet();
        var tokens = root["model"]!["vocab"]!.AsObject().Select(t => (Id: t.Value!.GetValue<int>(), Token: t.Key)).Where(t => !added.Contains(t.Id)).OrderBy(t => t.Id).ToList();
        Assert.Equal(Enumerable.Range(first, tokens.Count), tokens.Select(t => t.Id));
        return [.. tokens.Select(t => ByteAlphabet.Read(t.Token)!)];
    }

    private static void Compare(string name, ITokenizer tokenizer)
    {
        int lines = 0;
        foreach (string line in File.ReadLines(SharedData.Path("golden", "tokenizers-today", name + ".jsonl")))
        {
            using var document = JsonDocument.Parse(line);
            string text = document.RootElement.GetProperty("text").GetString()!;

            Assert.Equal(document.RootElement.GetProperty("ids").EnumerateArray().Select(e => e.GetInt32()), tokenizer.Encode(text).Ids);
            lines++;
        }

        Assert.Equal(122, lines);
    }
}
