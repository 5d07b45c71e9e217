using System.Globalization;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using FuseSharp.Models.Adapters;
using FuseSharp.Models.Architectures;
using FuseSharp.Models.Configuration;
using FuseSharp.Testing;
using FuseSharp.Tokenizers.Files;
using FuseSharp.Tokenizers.Gguf;
using FuseSharp.Tokenizers.Tests.Documents;
using static TorchSharp.torch;

namespace FuseSharp.Models.Tests.Documents;

/// <summary>docs/keys.md says of every key what the code does with it.</summary>
public sealed partial class KeyPageTests : IDisposable
{
    private static readonly string[] _architectures = [.. ModelFamilies.All.Select(f => f.Architecture)];

    private readonly ScratchFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Config_HonouredAndIgnored_AreThoseOfTheCode()
    {
        var page = new KeyPage("config.json");
        var asked = _architectures.SelectMany(a => Asked(Config(a, []))).ToHashSet(StringComparer.Ordinal);
        asked.UnionWith(KeyPage.Listed(typeof(ConfigKeys), "_honoured"));

        KeyPage.Same(asked, page.Names("honoured"));
        KeyPage.Same(KeyPage.Listed(typeof(ConfigKeys), "_ignored").Except(asked), page.Names("ignored"));
    }

    [Fact]
    public void Config_Refused_StopsWithTheKey()
    {
        Assert.All(_architectures, a => Asked(Config(a, [])));
        Assert.All(new KeyPage("config.json").Refused, r => Assert.True(_architectures.Any(a => KeyPage.IsRefused(() => Asked(Config(a, r)))), r.ToJsonString()));
    }

    [Fact]
    public void Generation_EveryKey_IsThatOfTheCode()
    {
        var page = new KeyPage("generation_config.json");
        string[] drawing = [.. KeyPage.Listed(typeof(ConfigKeys), "_ofDrawing")];
        string[] search = [.. KeyPage.Listed(typeof(ConfigKeys), "_ofOtherSearch")];

        KeyPage.Same(["eos_token_id"], page.Names("honoured"));
        KeyPage.Same(search, page.Names("warned"));
        Assert.Empty(drawing.Except(page.Names("ignored")).Except(["eos_token_id"]));
        Assert.Empty(page.Names("ignored").Except(drawing).Except(KeyPage.Listed(typeof(ConfigKeys), "_ignored").Except(search)));
    }

    [Fact]
    public void Adapter_EveryKey_IsThatOfTheCode()
    {
        var page = new KeyPage("adapter_config.json");
        string[] refused = [.. KeyPage.Listed(typeof(AdapterSettings), "_refused")];

        KeyPage.Same(KeyPage.Listed(typeof(AdapterSettings), "_ignored").Except(refused), page.Names("honoured").Concat(page.Names("ignored")));
        Assert.Empty(refused.Except(page.Names("refused")));
        Assert.All(page.Refused, r => Assert.True(KeyPage.IsRefused(() => _ = new AdapterSettings(KeyPage.With(Lora, r), "adapter_config.json")), r.ToJsonString()));
        var accepted = page.Names("ignored").Select(n => new JsonObject { [n] = "something" });
        Assert.All(accepted, a => _ = new AdapterSettings(KeyPage.With(Lora, a), "adapter_config.json"));
    }

    [Fact]
    public void Gguf_EveryKey_IsThatOfTheCode()
    {
        var page = new KeyPage("GGUF metadata");
        Assert.False(KeyPage.IsRefused(() => ReadGguf(Gguf)));
        Assert.All(page.Refused, r => Assert.True(KeyPage.IsRefused(() => ReadGguf(KeyPage.With(Gguf, r))), r.ToJsonString()));

        var file = WriteGguf(Gguf);
        _ = GgufConfig.Translate(file);
        var asked = ((IEnumerable<KeyValuePair<string, bool>>)typeof(GgufFile).GetField("_asked", BindingFlags.NonPublic | BindingFlags.Instance)!.GetValue(file)!).Select(p => p.Key);
        string[] read = [.. page.Names("honoured").Concat(page.Names("refused")).Distinct()];
        KeyPage.Same(asked.Where(IsOfArchitecture), read.Where(IsOfArchitecture));
        KeyPage.Same(KeyPage.Listed(typeof(GgufConfig), "_ignored").Select(k => $"llama.{k}"), page.Names("ignored"));
        KeyPage.Same(NamesInSources(), read.Where(k => !IsOfArchitecture(k)));
    }

    private static bool IsOfArchitecture(string key) => key.StartsWith("llama.", StringComparison.Ordinal);

    // Tokenizer and model card read the file again, so that their names are taken from the sources.
    private static IEnumerable<string> NamesInSources()
        => new[] { "Tokenizers/Files/GgufTokenizerFiles.cs", "Tokenizers/Gguf/GgufReader.cs", "Tokenizers/Gguf/GgufParts.cs", "Pipeline/Cards/ModelOrigin.cs", "Models/Configuration/GgufConfig.cs", "Models/Checkpoints/GgufNames.cs" }
            .SelectMany(f => MetadataName().Matches(File.ReadAllText(Path.Combine(GoldenFile.Repository, $"src/FuseSharp.{f}"))).Select(m => m.Groups[1].Value))
            .SelectMany(n => n.Contains('{', StringComparison.Ordinal) ? new[] { "bos", "eos", "unknown", "padding" }.Select(r => $"tokenizer.ggml.{r}_token_id") : [n]);

    private static JsonObject Gguf => new()
    {
        ["general.architecture"] = "llama",
        ["llama.embedding_length"] = 32,
        ["llama.block_count"] = 1,
        ["llama.feed_forward_length"] = 48,
        ["llama.context_length"] = 64,
        ["llama.attention.head_count"] = 4,
        ["llama.attention.layer_norm_rms_epsilon"] = 0.5,
        ["llama.expert_count"] = 2,
        ["llama.expert_used_count"] = 1,
        ["tokenizer.ggml.model"] = "llama",
    };

    private void ReadGguf(JsonObject metadata)
    {
        var file = WriteGguf(metadata);
        _ = GgufConfig.Translate(file);
        _ = GgufTokenizerFiles.Read(file.Path);
    }

    private GgufFile WriteGguf(JsonObject metadata)
    {
        var builder = new GgufBuilder().Texts("tokenizer.ggml.tokens", "<unk>", "a").Reals("tokenizer.ggml.scores", 0, -1).Numbers("tokenizer.ggml.token_type", 2, 1)
            .Tensor("token_embd.weight", [2, 32], new float[64]);
        foreach (var (key, value) in metadata)
        {
            string text = value!.ToJsonString();
            _ = value.GetValueKind() switch
            {
                JsonValueKind.String => builder.Text(key, value.ToString()),
                JsonValueKind.True or JsonValueKind.False => builder.Flag(key, text == "true"),
                _ when text.Contains('.', StringComparison.Ordinal) => builder.Real(key, float.Parse(text, CultureInfo.InvariantCulture)),
                _ => builder.Number(key, uint.Parse(text, CultureInfo.InvariantCulture)),
            };
        }

        string path = _folder.At("model.gguf");
        File.WriteAllBytes(path, builder.Build());
        return GgufFile.Read(path);
    }

    [GeneratedRegex(@"\x22((?:tokenizer|general|split)\.[a-z0-9_.]*(?:\{key\}[a-z_]*)?)\x22")]
    private static partial Regex MetadataName();

    private static JsonObject Lora => new() { ["peft_type"] = "LORA", ["r"] = 4 };

    private static JsonObject Config(string architecture, JsonObject other) => KeyPage.With(new JsonObject
    {
        ["architectures"] = new JsonArray(architecture),
        ["vocab_size"] = 20,
        ["hidden_size"] = 16,
        ["d_model"] = 16,
        ["n_embd"] = 16,
        ["intermediate_size"] = 24,
        ["num_hidden_layers"] = 1,
        ["n_layers"] = 1,
        ["n_layer"] = 1,
        ["num_attention_heads"] = 2,
        ["num_key_value_heads"] = 2,
        ["n_heads"] = 2,
        ["n_head"] = 2,
        ["max_position_embeddings"] = 16,
        ["use_sliding_window"] = true,
        ["alibi"] = true,
        ["sliding_window"] = 8,
        ["moe_intermediate_size"] = 8,
        ["num_experts"] = 2,
        ["num_local_experts"] = 2,
        ["n_routed_experts"] = 2,
        ["num_experts_per_tok"] = 1,
        ["kv_lora_rank"] = 4,
        ["qk_nope_head_dim"] = 4,
        ["qk_rope_head_dim"] = 4,
        ["v_head_dim"] = 4,
    }, other);

    // Every key that making the model asks for.
    private static IReadOnlySet<string> Asked(JsonObject json)
    {
        using var scope = NewDisposeScope();
        var config = ModelConfig.From(json, "test");
        using var model = ModelFactory.Create(config, ScalarType.Float32);
        _ = config.StorageType;
        return config.Keys.Asked;
    }
}
