using System.Text.Json.Nodes;
using FuseSharp.Errors;
using FuseSharp.Models.Adapters;
using FuseSharp.Models.Architectures;
using FuseSharp.Models.Configuration;
using FuseSharp.Models.Families;
using FuseSharp.Testing;
using static TorchSharp.torch;

namespace FuseSharp.Models.Tests.Networks;

/// <summary>Keys that change what a model computes: honoured as transformers honours them, or refused by name.</summary>
public sealed class ConfigKeyTests : IDisposable
{
    private readonly ScratchFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("LlamaForCausalLM", "rope_scaling", """{"factor":3.0}""", "a factor without a rope_type")]
    [InlineData("LlamaForCausalLM", "rope_scaling", """{"type":"linear"}""", "'linear' without a factor")]
    [InlineData("LlamaForCausalLM", "rope_scaling", """{"rope_type":"dynamic","facto":3}""", "'dynamic' without a factor")]
    [InlineData("LlamaForCausalLM", "rope_scaling", "\"linear\"", "expected an object")]
    [InlineData("Qwen2ForCausalLM", "rope_parameters", """[{"rope_type":"linear"}]""", "expected an object")]
    [InlineData("MistralForCausalLM", "rope_parameters", """{"rope_type":"default","partial_rotary_factor":0.5}""", "partial_rotary_factor")]
    [InlineData("LlamaForCausalLM", "partial_rotary_factor", "0.25", "partial_rotary_factor")]
    [InlineData("MPTForCausalLM", "ffn_config", """{"ffn_type":"mptglu"}""", "ffn_config")]
    [InlineData("MPTForCausalLM", "ffn_config", """{"ffn_act_fn":{"name":"silu"}}""", "ffn_config")]
    [InlineData("MPTForCausalLM", "ffn_config", """{"ffn_act_fn":{"name":"gelu","approximate":"tanh"}}""", "ffn_config")]
    [InlineData("MPTForCausalLM", "attn_config", """{"alibi":true,"attn_logit_softcapping":30}""", "attn_logit_softcapping")]
    [InlineData("MPTForCausalLM", "attn_config", """{"alibi":true,"rope":true}""", "rope")]
    [InlineData("MptForCausalLM", "attn_config", "\"alibi\"", "expected an object")]
    public void Create_AKeyThatAsksForMore_IsRefused(string architecture, string key, string value, string expected)
    {
        string message = Assert.Throws<ModelException>(() => Shape(architecture, (key, value))).Message;

        Assert.Contains(expected, message, StringComparison.Ordinal);
        Assert.Contains(_folder.Path, message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', message);
    }

    [Theory]
    [InlineData("LlamaForCausalLM", "rope_scaling", """{"rope_type":"default","spin":3}""", "rope_scaling.spin")]
    [InlineData("MptForCausalLM", "attn_config", """{"alibi":true,"sinks":4,"attn_pdrop":0}""", "attn_config.sinks")]
    public void Create_AnUnknownKeyInside_IsToldOnce(string architecture, string key, string value, string expected)
    {
        var told = new List<string>();
        void Listen(string text)
        {
            lock (told)
            {
                told.Add(text);
            }
        }

        Warnings.Raised += Listen;
        try
        {
            Shape(architecture, (key, value)).Dispose();
        }
        finally
        {
            Warnings.Raised -= Listen;
        }

        lock (told)
        {
            Assert.Single(told, t => t.Contains(_folder.Path, StringComparison.Ordinal) && t.Contains($"'{expected}'", StringComparison.Ordinal));
        }
    }

    [Theory]
    [InlineData(null, null, 4096L, 3)] // Qwen2Config's defaults, of a model of five blocks
    [InlineData("null", null, null, 3)]
    [InlineData("6", null, 6L, 3)]
    [InlineData("6", """["full_attention","sliding_attention","sliding_attention","sliding_attention","sliding_attention"]""", 6L, 1)]
    [InlineData("6", """["full_attention","full_attention","full_attention","full_attention","full_attention"]""", 6L, 5)]
    public void Qwen2_Window_IsThatOfTransformers(string? window, string? kinds, long? expected, int first)
    {
        var design = DecoderDesign.FromConfig(Config("Qwen2ForCausalLM", ("num_hidden_layers", "5"), ("use_sliding_window", "true"), ("max_window_layers", "3"), ("sliding_window", window), ("layer_types", kinds)));

        Assert.Equal(Enumerable.Range(0, 5).Select(i => i >= first ? expected : null), design.Layers.Select(l => l.Attention.Window));
    }

    [Theory]
    [InlineData("""["full_attention"]""")]
    [InlineData("""["full_attention","chunked_attention"]""")]
    [InlineData("\"full_attention\"")]
    public void Qwen2_LayersOfOtherKindsOrNumbers_AreRefused(string kinds)
        => Assert.Contains("layer_types", Assert.Throws<ModelException>(() => DecoderDesign.FromConfig(Config("Qwen2ForCausalLM", ("use_sliding_window", "true"), ("layer_types", kinds)))).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("LlamaForCausalLM", true, true)]
    [InlineData("MistralForCausalLM", false, false)]
    [InlineData("MixtralForCausalLM", false, false)]
    [InlineData("Qwen2ForCausalLM", true, false)]
    public void Biases_AreThoseOfTheFamilysCode(string architecture, bool ofQueries, bool ofMlp)
    {
        var layer = DecoderDesign.FromConfig(Config(architecture, ("attention_bias", architecture[0] == 'Q' ? "false" : "true"), ("mlp_bias", "true"))).Layers[0];

        Assert.Equal((ofQueries, ofMlp), (layer.Attention.HasQueryBias, layer.FeedForward.HasBias));
    }

    [Theory]
    [InlineData("LlamaForCausalLM", 32)]
    [InlineData("MPTForCausalLM", 77)]
    [InlineData("GPT2LMHeadModel", 55)]
    public void ContextLength_IsReadFromTheFamilysOwnKey(string architecture, int expected)
        => Assert.Equal(expected, Config(architecture, ("max_seq_len", "77"), ("n_positions", "55")).ContextLength);

    [Theory]
    [InlineData("[3, 5.0]", "3 5")]
    [InlineData("null", "")]
    [InlineData("\"2\"", null)]
    [InlineData("[2,\"x\"]", null)]
    [InlineData("2.5", null)]
    public void EndIds_AreIdsOrRefused(string value, string? expected)
    {
        var config = Config("LlamaForCausalLM", ("eos_token_id", value));
        if (expected is null)
        {
            Assert.Contains("eos_token_id", Assert.Throws<ModelException>(() => config.EndIds).Message, StringComparison.Ordinal);
            return;
        }

        Assert.Equal(expected, string.Join(' ', config.EndIds));
    }

    [Theory]
    [InlineData("\"loftq\"", false)]
    [InlineData("\"pissa_niter_4\"", false)]
    [InlineData("\"a_way_to_come\"", false)]
    [InlineData("7", false)]
    [InlineData("\"orthogonal\"", true)]
    [InlineData("\"eva\"", true)]
    [InlineData("false", true)]
    public void Adapters_StartedFromTheBase_AreRefused(string start, bool isRead)
    {
        var json = new JsonObject { ["peft_type"] = "LORA", ["init_lora_weights"] = JsonNode.Parse(start) };
        if (isRead)
        {
            Assert.Equal(8, new AdapterSettings(json, "a.json").Rank);
            return;
        }

        Assert.Contains("init_lora_weights", Assert.Throws<ModelException>(() => new AdapterSettings(json, "a.json")).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("model.norm.weight", true)]
    [InlineData("model.layers.3.post_attention_layernorm.weight", true)] // PEFT goes by the end of a module's path
    [InlineData("model.layers.3.mlp.up_proj.bias", true)]
    [InlineData("model.layers.3.self_attn.q_proj.weight", false)]
    public void Adapters_SaveWhatEndsInANameOfModulesToSave(string weight, bool isSaved)
        => Assert.Equal(isSaved, new AdapterSettings(new JsonObject { ["peft_type"] = "LORA", ["modules_to_save"] = new JsonArray("norm", "3.mlp") }, "a.json").Saves(weight));

    [Theory]
    [InlineData("[0, 2]", "model.layers.2.self_attn.v_proj", true)]
    [InlineData("[0, 2]", "model.layers.1.self_attn.v_proj", false)]
    [InlineData("1", "transformer.h.1.attn.v_proj", true)]
    [InlineData("null", "model.layers.7.self_attn.v_proj", true)]
    [InlineData("null", "model.layers.7.self_attn.k_proj", false)]
    public void Adapters_NeedTheMapsOfTheLayersThatTheyName(string layers, string map, bool isNeeded)
        => Assert.Equal(isNeeded, new AdapterSettings(new JsonObject { ["peft_type"] = "LORA", ["target_modules"] = new JsonArray("v_proj"), ["layers_to_transform"] = JsonNode.Parse(layers) }, "a.json").Needs(map));

    [Fact]
    public void Load_AFolderOfLinks_ReadsWhatTheyLeadTo()
    {
        // The Hub's cache: snapshots/HASH/model.safetensors → ../../blobs/HASH.
        using var scope = NewDisposeScope();
        Directory.CreateDirectory(_folder.At("snapshots/one"));
        using var made = new ScratchFolder();
        using var model = ModelFolderTests.Make(made, "LlamaForCausalLM");
        ModelFolder.Save(model, made.Path, ScalarType.Float32, 3000);
        Directory.Move(made.Path, _folder.At("blobs"));
        Directory.CreateDirectory(made.Path);
        foreach (string file in Directory.GetFiles(_folder.At("blobs")))
        {
            File.CreateSymbolicLink(_folder.At("snapshots/one/" + Path.GetFileName(file)), "../../blobs/" + Path.GetFileName(file));
        }

        Directory.CreateSymbolicLink(_folder.At("model"), "snapshots/one");
        using var loaded = ModelFolder.Load(_folder.At("model"), ScalarType.Float32, CPU);

        Assert.True(loaded.OutputWeight.equal(model.OutputWeight).all().item<bool>());
    }

    private CausalModel Shape(string architecture, params (string Key, string? Value)[] keys) => ModelFactory.Create(Config(architecture, keys), ScalarType.Float32);

    private ModelConfig Config(string architecture, params (string Key, string? Value)[] keys)
    {
        ModelFolderTests.Make(_folder, architecture).Dispose();
        var json = JsonNode.Parse(File.ReadAllText(_folder.At("config.json")))!.AsObject();
        json.Remove("sliding_window");
        foreach (var (key, value) in keys)
        {
            if (value is not null)
            {
                json[key] = JsonNode.Parse(value);
            }
        }

        File.WriteAllText(_folder.At("config.json"), json.ToJsonString());
        return ModelConfig.Read(_folder.Path);
    }
}
