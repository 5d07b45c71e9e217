using System.Text.Json.Nodes;
using FuseSharp.Errors;
using FuseSharp.Models.Architectures;
using FuseSharp.Models.Configuration;
using FuseSharp.Models.Export;
using FuseSharp.Models.Families;
using FuseSharp.Progress;
using FuseSharp.Testing;
using static TorchSharp.torch;

namespace FuseSharp.Models.Tests.Families;

/// <summary>Keys of families: none is passed over, what asks for more is refused by its name.</summary>
public sealed class FamilyKeyTests : IDisposable
{
    private readonly ScratchFolder _folder = new();

    public static TheoryData<string> Folders => [.. FamilyGolden.Folders];

    public void Dispose() => _folder.Dispose();

    [Theory(Skip = SharedData.MissingReason, SkipWhen = nameof(SharedData.IsMissing), SkipType = typeof(SharedData))]
    [MemberData(nameof(Folders))]
    public void Create_NoKeyOfTransformersConfigs_IsUnknown(string name)
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
            foreach (string file in new[] { "config.json", "config.v4.json" }.Where(f => GoldenSet.Has("families", name, f)))
            {
                File.Copy(GoldenSet.Path("families", name, file), _folder.At(file));
                ModelFactory.Create(ModelConfig.Read(_folder.At(file)), ScalarType.Float32).Dispose();
            }
        }
        finally
        {
            Warnings.Raised -= Listen;
        }

        lock (told)
        {
            Assert.DoesNotContain(told, t => t.Contains(_folder.Path, StringComparison.Ordinal));
        }
    }

    [Theory]
    [InlineData("LlamaForCausalLM", "rope_scaling", """{"rope_type":"yarn"}""", "'yarn' without a factor")]
    [InlineData("LlamaForCausalLM", "rope_scaling", """{"rope_type":"yarn","factor":4,"beta_fast":1,"beta_slow":2}""", "beta_slow")]
    [InlineData("LlamaForCausalLM", "rope_scaling", """{"rope_type":"longrope","short_factor":[1,1],"long_factor":[1,2,3]}""", "'long_factor'")]
    [InlineData("LlamaForCausalLM", "rope_scaling", """{"rope_type":"longrope","short_factor":[1,0],"long_factor":[1,2]}""", "'short_factor'")]
    [InlineData("LlamaForCausalLM", "rope_scaling", """{"rope_type":"su","short_factor":[1,1],"long_factor":[1,2]}""", "'su'")]
    [InlineData("Gemma3ForCausalLM", "rope_parameters", """{"rope_type":"default"}""", "full_attention")]
    [InlineData("Gemma3ForCausalLM", "rope_parameters", """{"full_attention":{"rope_type":"default"}}""", "without sliding_attention")]
    [InlineData("Gemma3ForCausalLM", "rope_parameters", """{"full_attention":{},"chunked_attention":{}}""", "full_attention")]
    [InlineData("Olmo3ForCausalLM", "rope_parameters", """{"full_attention":{"rope_type":"yarn","factor":2,"truncate":false},"sliding_attention":{}}""", "truncate")]
    [InlineData("Phi3ForCausalLM", "layer_types", """["sliding_attention","full_attention"]""", "layer_types")]
    [InlineData("Olmo2ForCausalLM", "layer_types", """["full_attention","sliding_attention"]""", "layer_types")]
    [InlineData("Gemma2ForCausalLM", "layer_types", """["full_attention"]""", "layer_types")]
    [InlineData("Gemma2ForCausalLM", "layer_types", """["full_attention",3]""", "layer_types")]
    [InlineData("Gemma2ForCausalLM", "use_bidirectional_attention", "true", "use_bidirectional_attention")]
    [InlineData("Gemma2ForCausalLM", "final_logit_softcapping", "0", "final_logit_softcapping")]
    [InlineData("Qwen3MoeForCausalLM", "num_local_experts", "3", "num_experts and num_local_experts")]
    [InlineData("SmolLM3ForCausalLM", "no_rope_layers", "[1]", "no_rope_layers")]
    [InlineData("GptOssForCausalLM", "hidden_act", "\"gelu\"", "hidden_act")]
    [InlineData("GptOssForCausalLM", "swiglu_limit", "-7", "swiglu_limit")]
    [InlineData("StableLmForCausalLM", "num_attention_heads", "4096", "qk_layernorm")]
    [InlineData("DeepseekV2ForCausalLM", "q_lora_rank", "4", "q_lora_rank")]
    [InlineData("DeepseekV2ForCausalLM", "topk_method", "\"group_limited_greedy\"", "topk_method")]
    [InlineData("DeepseekV2ForCausalLM", "n_shared_experts", "16000000", "n_shared_experts")]
    [InlineData("GraniteForCausalLM", "logits_scaling", "0", "logits_scaling")]
    public void FromConfig_AKeyThatAsksForMore_IsRefused(string architecture, string key, string value, string expected)
    {
        var json = Config(architecture);
        json[key] = JsonNode.Parse(value);

        string message = Assert.Throws<ModelException>(() => DecoderDesign.FromConfig(ModelConfig.From(json, "test"))).Message;

        Assert.Contains(expected, message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', message);
    }

    // Gemma 2: even layers slide; Gemma 3: all but every sixth; Cohere 2: all but every fourth; OLMo 3 likewise; GPT-OSS: even ones.
    [Theory]
    [InlineData("Gemma2ForCausalLM", "s.s.s.s.")]
    [InlineData("Gemma3ForCausalLM", "sssss.ss")]
    [InlineData("Cohere2ForCausalLM", "sss.sss.")]
    [InlineData("Olmo3ForCausalLM", "sss.sss.")]
    [InlineData("GptOssForCausalLM", "s.s.s.s.")]
    public void Windows_OfFilesWithoutLayerTypes_FollowTheFamilysRule(string architecture, string expected)
    {
        var json = Config(architecture);
        json["num_hidden_layers"] = 8;

        var design = DecoderDesign.FromConfig(ModelConfig.From(json, "test"));

        Assert.Equal(expected, string.Concat(design.Layers.Select(l => l.Attention.Window is null ? '.' : 's')));
    }

    [Theory(Skip = SharedData.MissingReason, SkipWhen = nameof(SharedData.IsMissing), SkipType = typeof(SharedData))]
    [MemberData(nameof(Folders))]
    public void Export_IsRefusedWhereLlamaCppHasNotWhatTheModelHas(string name)
    {
        string? reason = name switch
        {
            "deepseek-v2-lite" => "26 or 27",
            "gemma2" or "gemma3-text" => "query_pre_attn_scalar",
            "gpt-oss" or "qwen2-yarn-no-truncate" or "llama-yarn-attention-factor" or "llama-yarn-mscale" => "YaRN with beta_fast",
            "mistral-v5" or "phi3-partial-window8" or "qwen2-window8-v5" or "starcoder2" => "sliding window",
            "qwen3-moe-mixed" => "layers without experts",
            "smollm3" => "without rotary positions",
            _ => null,
        };
        string model = ModelCopy.Make(GoldenSet.Path("families", name), _folder.At("model"));
        if (reason is null)
        {
            Export(model);
        }
        else
        {
            Assert.Contains(reason, Assert.Throws<ModelException>(() => Export(model)).Message, StringComparison.Ordinal);
        }

        Assert.Equal(reason is null, File.Exists(_folder.At("model.gguf")));
    }

    private void Export(string model) => new ExportStage(SilentProgress.Instance, default).Run(model, _folder.At("model.gguf"), ExportType.F32, "golden");

    private static JsonObject Config(string architecture) => new()
    {
        ["architectures"] = new JsonArray(architecture),
        ["vocab_size"] = 20,
        ["hidden_size"] = 8,
        ["intermediate_size"] = 8,
        ["num_hidden_layers"] = 2,
        ["num_attention_heads"] = 2,
        ["num_key_value_heads"] = 2,
        ["head_dim"] = 4,
        ["max_position_embeddings"] = 16,
        ["sliding_window"] = architecture is "Phi3ForCausalLM" ? null : 4,
        ["qk_layernorm"] = true,
        ["moe_intermediate_size"] = 8,
        ["num_experts"] = architecture is "Qwen3MoeForCausalLM" ? 2 : null,
        ["num_local_experts"] = architecture is "GptOssForCausalLM" ? 2 : null,
        ["n_routed_experts"] = 2,
        ["num_experts_per_tok"] = 1,
        ["kv_lora_rank"] = 4,
        ["qk_nope_head_dim"] = 4,
        ["qk_rope_head_dim"] = 4,
        ["v_head_dim"] = 4,
    };
}
