using System.Text.Json.Nodes;
using FuseSharp.Models.Architectures;
using FuseSharp.Models.Configuration;
using static TorchSharp.torch;

namespace FuseSharp.Models.Tests.Kernels;

/// <summary>A small model whose logits lie some units apart: neither flat nor certain.</summary>
internal static class ScoredModel
{
    /// <summary>The model.</summary>
    /// <param name="vocabulary">Rows of its embedding.</param>
    public static CausalModel Create(int vocabulary)
        => ModelFactory.Create(ModelConfig.From(new JsonObject
        {
            ["architectures"] = new JsonArray("LlamaForCausalLM"),
            ["vocab_size"] = vocabulary,
            ["hidden_size"] = 16,
            ["intermediate_size"] = 24,
            ["num_hidden_layers"] = 1,
            ["num_attention_heads"] = 2,
            ["max_position_embeddings"] = 16,
            ["initializer_range"] = 0.6,
        }, "test"), 3, ScalarType.Float32, CPU);

    /// <summary>Its logits for a sequence: a row for each token.</summary>
    public static float[][] Logits(CausalModel model, int[] ids)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var logits = model.Logits(tensor([.. ids.Select(i => (long)i)], [1, ids.Length]))[0];
        return [.. Enumerable.Range(0, ids.Length).Select(t => logits[t].data<float>().ToArray())];
    }
}
