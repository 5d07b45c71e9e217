using System.Text;
using System.Text.Json.Nodes;
using FuseSharp.Tokenizers.Files;

namespace FuseSharp.Tokenizers.Tests.Documents;

/// <summary>docs/keys.md says of every key of a tokenizer's files what the code does with it.</summary>
public sealed class TokenizerKeyPageTests
{
    [Fact]
    public void Json_Refused_Stops()
    {
        Assert.False(KeyPage.IsRefused(() => Read(Json, Config)));
        Assert.All(new KeyPage("tokenizer.json").Refused, r => Assert.True(KeyPage.IsRefused(() => Read(KeyPage.With(Json, r), Config)), r.ToJsonString()));
    }

    [Fact]
    public void Json_HonouredAndIgnored_AreThoseOfTheCode()
    {
        var page = new KeyPage("tokenizer.json");

        KeyPage.Same(KeyPage.Listed(typeof(TokenizerKeys), "_ofJson"), page.Names("honoured").Concat(page.Names("ignored")));
    }

    [Fact]
    public void Config_EveryKey_IsThatOfTheCode()
    {
        var page = new KeyPage("tokenizer_config.json");

        KeyPage.Same(KeyPage.Listed(typeof(TokenizerKeys), "_ofConfig").Concat(KeyPage.Listed(typeof(TokenizerKeys), "_lists")).Concat(TokenizerConfig.RoleNames), page.Names("honoured").Concat(page.Names("ignored")));
        Assert.Empty(KeyPage.Listed(typeof(TokenizerKeys), "_refused").Except(page.Names("refused")));
        Assert.All(page.Refused, r => Assert.True(KeyPage.IsRefused(() => Read(Json, KeyPage.With(Config, r))), r.ToJsonString()));
    }

    private static JsonObject Json => (JsonObject)JsonNode.Parse("""
        {"version": "1.0", "added_tokens": [{"id": 3, "content": "<s>", "special": true}], "normalizer": null, "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false},
        "decoder": {"type": "ByteLevel"}, "model": {"type": "BPE", "vocab": {"a": 0, "b": 1, "ab": 2}, "merges": ["a b"]}}
        """)!;

    private static JsonObject Config => new() { ["tokenizer_class"] = "LlamaTokenizer", ["bos_token"] = "<s>" };

    private static void Read(JsonObject json, JsonObject config)
        => _ = TokenizerReader.Read(new TokenizerFiles("m", new Dictionary<string, byte[]>(StringComparer.Ordinal)
        {
            [TokenizerFileNames.Json] = Encoding.UTF8.GetBytes(json.ToJsonString()),
            [TokenizerFileNames.Config] = Encoding.UTF8.GetBytes(config.ToJsonString()),
        }));
}
