using System.Text.Json.Nodes;
using FuseSharp.Errors;
using FuseSharp.Models.Configuration;
using FuseSharp.Models.Families;
using static TorchSharp.torch;

namespace FuseSharp.Models.Tests.Families;

/// <summary>What a config means that leaves something out, or says it in two places: as transformers 5 reads it.</summary>
public sealed class FamilyDefaultsTests
{
    private const string Yarn = """ "rope_type": "yarn", "factor": 4 """;
    private const string Llama3 = """ "rope_type": "llama3", "factor": 4, "low_freq_factor": 1, "high_freq_factor": 4 """;

    // standardize_rope_params: the trained length beside the settings goes before the one in them.
    [Theory]
    [InlineData("LlamaForCausalLM", Yarn)]
    [InlineData("LlamaForCausalLM", Llama3)]
    [InlineData("Qwen2ForCausalLM", Yarn)]
    [InlineData("GraniteForCausalLM", Llama3)]
    [InlineData("Olmo2ForCausalLM", Yarn)]
    public void Rotary_TrainedLengthBesideTheSettings_GoesBeforeTheOneInThem(string architecture, string settings)
    {
        float[] Of(string keys) => Frequencies(Config(architecture, keys));
        float[] inside = Of($$""", "rope_parameters": {"rope_theta": 10000, "original_max_position_embeddings": 32, {{settings}}}""");

        Assert.NotEqual(inside, Of($$""", "rope_parameters": {"rope_theta": 10000, {{settings}}}"""));
        Assert.Equal(inside, Of($$""", "original_max_position_embeddings": 32, "rope_parameters": {"rope_theta": 10000, {{settings}}}"""));
        Assert.Equal(inside, Of($$""", "original_max_position_embeddings": 32, "rope_scaling": {"original_max_position_embeddings": 8, {{settings}}}"""));
    }

    [Fact]
    public void GptOss_WithoutRopeSettings_HasYarn()
    {
        const string Experts = """, "num_local_experts": 2, "num_experts_per_tok": 1, "head_dim": 64""";
        float[] said = Frequencies(Config("GptOssForCausalLM", Experts + """, "rope_parameters": {"rope_type": "yarn", "factor": 32.0, "beta_fast": 32.0, "beta_slow": 1.0, "truncate": false, "original_max_position_embeddings": 4096, "rope_theta": 150000}"""));

        Assert.Equal(said, Frequencies(Config("GptOssForCausalLM", Experts)));
        Assert.NotEqual(said, Frequencies(Config("GptOssForCausalLM", Experts + """, "rope_parameters": {"rope_type": "default"}""")));
    }

    [Fact]
    public void Phi3_LongRopeWithoutATrainedLength_Takes4096()
    {
        string Factors(string beside) => $$""", "max_position_embeddings": 8192{{beside}}, "rope_scaling": {"type": "longrope", "short_factor": [1, 1], "long_factor": [2, 3]}""";
        double Attention(string beside) => Rotary(Config("Phi3ForCausalLM", Factors(beside))).Scaling.AttentionFactor;

        Assert.Equal(Math.Sqrt(1 + (Math.Log(2) / Math.Log(4096))), Attention(""), 1e-12);
        Assert.Equal(Math.Sqrt(1 + (Math.Log(4) / Math.Log(2048))), Attention(", \"original_max_position_embeddings\": 2048"), 1e-12);
    }

    [Theory]
    [InlineData("", new long[] { 0, 0, 0 })]
    [InlineData(""", "use_sliding_window": true""", new long[] { 0, 4096, 0 })]
    [InlineData(""", "use_sliding_window": true, "sliding_window": 7, "max_window_layers": 0""", new long[] { 0, 7, 0 })]
    public void SmolLm3_Windows_AreThoseOfTheLayersWithoutPositions(string keys, long[] windows)
    {
        var layers = DecoderDesign.FromConfig(Config("SmolLM3ForCausalLM", ", \"no_rope_layers\": [1, 0, 1, 1, 0]" + keys)).Layers; // more than there are

        Assert.Equal(windows, layers.Select(l => l.Attention.Window ?? 0));
        Assert.Equal([false, true, false], layers.Select(l => l.Attention.Rotary is null));
    }

    [Theory]
    [InlineData(""", "dtype": "float32", "torch_dtype": "bfloat16" """, ScalarType.Float32)]
    [InlineData(""", "torch_dtype": "bfloat16" """, ScalarType.BFloat16)]
    [InlineData("", ScalarType.Float32)]
    public void StorageType_TwoKeys_IsTheNewer(string keys, ScalarType type) => Assert.Equal(type, Config("LlamaForCausalLM", keys).StorageType);

    [Fact]
    public void Sizes_ThatAreLeftOut_AreTheFamilys()
    {
        Assert.Equal(128, DecoderDesign.FromConfig(Config("Qwen3ForCausalLM", "")).Layers[0].Attention.HeadSize);
        Assert.Equal(64, DecoderDesign.FromConfig(Config("Qwen3ForCausalLM", ", \"head_dim\": null")).Layers[0].Attention.HeadSize);
    }

    [Theory]
    [InlineData("MistralForCausalLM", "", "2 num_attention_heads, which a num_key_value_heads of 8 (the family's, for it has none) does not divide")]
    [InlineData("Cohere2ForCausalLM", ", \"num_key_value_heads\": 2, \"sliding_window\": null", "'sliding_window'")]
    [InlineData("LlamaForCausalLM", ", \"compression_config\": {\"quant_method\": \"compressed-tensors\"}", "'compression_config' of compressed-tensors")]
    public void FromConfig_WhatHasNoMeaning_IsRefused(string architecture, string keys, string why)
        => Assert.Contains(why, Assert.Throws<ModelException>(() => DecoderDesign.FromConfig(Config(architecture, keys, hasSharedHeads: false))).Message, StringComparison.Ordinal);

    private static RotaryPositions Rotary(ModelConfig config) => DecoderDesign.FromConfig(config).Layers[0].Attention.Rotary!;

    private static float[] Frequencies(ModelConfig config) => Rotary(config) is var rotary ? rotary.Scaling.Frequencies(rotary.Size, rotary.Theta, 1) : [];

    private static ModelConfig Config(string architecture, string keys, bool hasSharedHeads = true) => ModelConfig.From((JsonObject)JsonNode.Parse(
        $$"""{"architectures": ["{{architecture}}"], "hidden_size": {{(keys.Contains("short_factor", StringComparison.Ordinal) ? 8 : 128)}}, "intermediate_size": 8, "num_hidden_layers": 3, "num_attention_heads": 2{{(hasSharedHeads ? ", \"num_key_value_heads\": 2" : "")}}{{(keys.Contains("max_position_embeddings\": 8192", StringComparison.Ordinal) ? "" : ", \"max_position_embeddings\": 128")}}{{keys}}}""")!, "test");
}
