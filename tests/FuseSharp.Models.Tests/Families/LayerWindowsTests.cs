using System.Text.Json.Nodes;
using FuseSharp.Errors;
using FuseSharp.Models.Configuration;
using FuseSharp.Models.Families;

namespace FuseSharp.Models.Tests.Families;

/// <summary>Which blocks see a window of tokens.</summary>
public sealed class LayerWindowsTests
{
    // As Qwen2Config of transformers has it.
    [Theory]
    [InlineData("Qwen2ForCausalLM", "", new long[] { 0, 0, 0 })]
    [InlineData("Qwen2ForCausalLM", """, "use_sliding_window": true, "max_window_layers": 1""", new long[] { 0, 4096, 4096 })]
    [InlineData("Qwen2ForCausalLM", """, "use_sliding_window": true, "sliding_window": null, "max_window_layers": 1""", new long[] { 0, 0, 0 })]
    [InlineData("Qwen2ForCausalLM", """, "use_sliding_window": true, "sliding_window": 6, "max_window_layers": 2, "layer_types": ["full_attention", "full_attention", "sliding_attention"]""", new long[] { 0, 0, 6 })]
    [InlineData("Qwen2ForCausalLM", """, "sliding_window": 6, "layer_types": ["full_attention", "full_attention", "full_attention"]""", new long[] { 0, 0, 0 })]
    [InlineData("MistralForCausalLM", "", new long[] { 4096, 4096, 4096 })]
    [InlineData("LlamaForCausalLM", """, "layer_types": ["full_attention"]""", new long[] { 0, 0, 0 })]
    public void WindowOf_EachBlock_IsThatOfTransformers(string architecture, string keys, long[] windows)
    {
        var design = DecoderDesign.FromConfig(Config(architecture, keys));

        Assert.Equal(windows, design.Layers.Select(l => l.Attention.Window ?? 0));
    }

    [Theory]
    [InlineData("""["full_attention", "sliding_attention", "full_attention"]""")]
    [InlineData("""["full_attention", "full_attention"]""")]
    [InlineData("""["full_attention", "full_attention", 3]""")]
    [InlineData("\"full_attention\"")]
    public void Of_OtherLayerTypesThanTheWindowSays_AreRefused(string types)
        => Assert.Contains("layer_types", Assert.Throws<ModelException>(() => DecoderDesign.FromConfig(Config("Qwen2ForCausalLM", $""", "layer_types": {types}"""))).Message, StringComparison.Ordinal);

    private static ModelConfig Config(string architecture, string keys) => ModelConfig.From((JsonObject)JsonNode.Parse(
        $$"""{"architectures": ["{{architecture}}"], "hidden_size": 8, "intermediate_size": 8, "num_hidden_layers": 3, "num_attention_heads": 2, "num_key_value_heads": 2, "max_position_embeddings": 16{{keys}}}""")!, "test");
}
