using System.Text.Json.Nodes;
using FuseSharp.Errors;
using FuseSharp.Models;
using FuseSharp.Models.Adapters;
using FuseSharp.Models.Checkpoints;
using FuseSharp.Pipeline.Check;
using FuseSharp.Testing;
using static TorchSharp.torch;

namespace FuseSharp.Pipeline.Tests.Train;

/// <summary>Goldens of adapters with one thing changed: each is refused by the name of what does not fit, by loading as by <c>check</c>.</summary>
public sealed class DamagedAdapterTests : IDisposable
{
    private const string Prefix = "base_model.model.model.";

    private readonly ScratchFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory(Skip = SharedData.MissingReason, SkipWhen = nameof(SharedData.IsMissing), SkipType = typeof(SharedData))]
    [InlineData("rslora", "layers.1.mlp.up_proj.lora_B.weight", "lacks 'base_model.model.model.layers.1.mlp.up_proj.lora_B.weight'")]
    [InlineData("dora", "layers.0.self_attn.q_proj.lora_magnitude_vector", "lacks 'base_model.model.model.layers.0.self_attn.q_proj.lora_magnitude_vector'")]
    [InlineData("lora-bias", "layers.0.self_attn.q_proj.lora_B.bias", "lacks 'base_model.model.model.layers.0.self_attn.q_proj.lora_B.bias'")]
    [InlineData("modules-to-save", "embed_tokens.weight", "lacks 'base_model.model.model.embed_tokens.weight', which its modules_to_save name")]
    [InlineData("trainable-tokens", "embed_tokens.token_adapter.trainable_tokens_delta", "lacks the rows of 'embed_tokens'")]
    [InlineData("mixtral-parameters", "layers.0.mlp.experts.base_layer.lora_A.weight", "lacks 'base_model.model.model.layers.0.mlp.experts.lora_A.weight' beside")]
    public void LackingTensor_IsNamed(string golden, string tensor, string expected)
        => AssertRefused(Changed(golden, tensors => tensors.Remove(Prefix + tensor)), expected);

    [Theory(Skip = SharedData.MissingReason, SkipWhen = nameof(SharedData.IsMissing), SkipType = typeof(SharedData))]
    [InlineData("rslora", "layers.1.mlp.up_proj.lora_A.weight", "[9, 64]")]
    [InlineData("dora", "layers.0.self_attn.q_proj.lora_magnitude_vector", "[65]")]
    [InlineData("bias-all", "layers.0.self_attn.k_proj.bias", "[65]")]
    [InlineData("modules-to-save-norm", "norm.weight", "[65]")]
    [InlineData("trainable-tokens", "embed_tokens.token_adapter.trainable_tokens_delta", "[5, 64]")]
    [InlineData("qwen3-moe-parameters", "layers.0.mlp.experts.lora_A.weight", "[25, 32]")]
    [InlineData("embedding", "embed_tokens.lora_embedding_A", "[5, 320]")]
    public void OtherShape_IsNamed(string golden, string tensor, string shape)
        => AssertRefused(Changed(golden, tensors => tensors[Prefix + tensor] = cat([tensors[Prefix + tensor], tensors[Prefix + tensor].narrow(0, 0, 1)])), $"has '{Prefix}{tensor}' of the shape {shape}, expected");

    [Theory(Skip = SharedData.MissingReason, SkipWhen = nameof(SharedData.IsMissing), SkipType = typeof(SharedData))]
    [InlineData("base_model.model.model.layers.7.mlp.up_proj.lora_A.weight", "no place for")]
    [InlineData("base_model.model.model.layers.0.mlp.experts.lora_A.weight", "no place for")]
    [InlineData("base_model.model.model.layers.0.mlp.up_proj.vera_lambda_b", "no place for")]
    [InlineData("base_model.model.model.layers.0.mlp.up_proj.lora_magnitude_vector", "use_dora")]
    [InlineData("base_model.model.model.layers.0.mlp.up_proj.lora_B.bias", "lora_bias")]
    [InlineData("base_model.model.model.embed_tokens.token_adapter.trainable_tokens_delta", "trainable_token_indices name no tokens of 'model.embed_tokens'")]
    [InlineData("layers.0.mlp.up_proj.lora_A.weight", "expected names that begin with 'base_model.model.'")]
    public void UnknownTensor_IsNamed(string key, string expected)
    {
        string adapter = Changed("rslora", tensors => tensors[key] = zeros(4, 64));

        AssertRefused(adapter, expected);
        AssertRefused(adapter, $"'{key}'");
    }

    [Theory(Skip = SharedData.MissingReason, SkipWhen = nameof(SharedData.IsMissing), SkipType = typeof(SharedData))]
    [InlineData("rslora", "r", "4", "has 'base_model.model.model.layers.0.mlp.down_proj.lora_A.weight' of the shape [8, 160], expected [4, 160]")]
    [InlineData("lora-bias", "lora_bias", "false", "lora_B.bias', which adapter_config.json does not ask for (lora_bias)")]
    [InlineData("dora", "use_dora", "false", "lora_magnitude_vector', which adapter_config.json does not ask for (use_dora)")]
    [InlineData("trainable-tokens", "trainable_token_indices", """{"embed_tokens": [7, 3, 200, 320]}""", "gives token 320 a row of 'model.embed_tokens.weight', which has 320")]
    [InlineData("trainable-tokens", "trainable_token_indices", """{"embed_tokens": [7, 3, 200, 7]}""", "'trainable_token_indices'")]
    [InlineData("trainable-tokens", "trainable_token_indices", "[7, -1, 200, 5]", "'trainable_token_indices'")]
    [InlineData("trainable-tokens", "trainable_token_indices", "7", "'trainable_token_indices' 7, expected a list")]
    [InlineData("mixtral-parameters", "target_parameters", """["mlp.experts.down_proj"]""", "its target_parameters name down_proj there")]
    [InlineData("mixtral-router", "target_parameters", """["mlp.gate.weight", "mlp.experts.down_proj"]""", "lacks an adapter of 'mlp.experts.down_proj'")]
    [InlineData("modules-to-save-tied", "ensure_weight_tying", "true", "ensure_weight_tying")]
    [InlineData("bias-all", "bias", "\"some\"", "'bias' \"some\"")]
    [InlineData("rslora", "target_modules", """["q_proj"]""", "leave out: PEFT passes over it")]
    [InlineData("rslora", "exclude_modules", """["up_proj"]""", "up_proj.lora_A.weight', which its target_modules, exclude_modules and layers_to_transform leave out")]
    [InlineData("rslora", "layers_to_transform", "[0]", "layers.1.mlp")]
    [InlineData("rslora", "base_model_name_or_path", "null", "does not say for which model")]
    [InlineData("rslora", "base_model_name_or_path", "\"not/here\"", "for the model 'not/here', which is neither there nor in the cache of Hugging Face")]
    public void OtherConfiguration_IsRefusedByKey(string golden, string key, string value, string expected)
    {
        string adapter = Changed(golden, _ => { });
        string file = Path.Combine(adapter, "adapter_config.json");
        var json = JsonNode.Parse(File.ReadAllText(file))!;
        json[key] = JsonNode.Parse(value);
        File.WriteAllText(file, json.ToJsonString());

        AssertRefused(adapter, expected);
    }

    private static void AssertRefused(string adapter, string expected)
    {
        Assert.Contains(expected, Assert.Throws<ModelException>(() => ModelFolder.Load(adapter, ScalarType.Float32, CPU)).Message, StringComparison.Ordinal);
        Assert.Contains(expected, string.Join('\n', ModelCheck.ErrorsOf(adapter)), StringComparison.Ordinal);
    }

    private string Changed(string golden, Action<Dictionary<string, Tensor>> change)
    {
        using var scope = NewDisposeScope();
        string from = GoldenSet.Path("adapters-peft", golden);
        var json = JsonNode.Parse(File.ReadAllText(Path.Combine(from, "adapter_config.json")))!;
        json["base_model_name_or_path"] = AdapterFolder.BaseOf(from);
        File.WriteAllText(_folder.At("adapter_config.json"), json.ToJsonString());
        using var reader = new SafetensorsReader(Path.Combine(from, "adapter_model.safetensors"));
        var tensors = reader.Names.ToDictionary(n => n, reader.Read, StringComparer.Ordinal);
        change(tensors);
        SafetensorsWriter.Write(_folder.At("adapter_model.safetensors"), tensors.Select(t => (t.Key, t.Value)));
        return _folder.Path;
    }
}
