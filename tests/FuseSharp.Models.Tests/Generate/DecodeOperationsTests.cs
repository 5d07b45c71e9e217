using System.Text.Json.Nodes;
using FuseSharp.Models.Architectures;
using FuseSharp.Models.Configuration;
using FuseSharp.Models.Generate;
using FuseSharp.Models.Layers;
using FuseSharp.Models.Tests.Native;
using FuseSharp.Testing;
using static TorchSharp.torch;

namespace FuseSharp.Models.Tests.Generate;

/// <summary>How many operations a graphics processor is asked for while 64 texts are continued: with so little to compute, their number is the time.</summary>
public sealed class DecodeOperationsTests
{
    private const int Texts = 64;

    // Two norms of 8, 4 + 3 products, queries and keys turned together by 6, 2 places of the cache, attention, an activation of 2, 2 sums.
    // transformers' LlamaDecoderLayer turns them by 10 and copies the whole cache: 40, 2 more where key heads are shared under a mask.
    private const int OfALayer = 16 + 7 + 6 + 2 + 1 + 2 + 2;

    [Theory]
    [InlineData(false, 1 + 7 + 8 + 1)]     // embedding, angles, last norm, head
    [InlineData(true, 1 + 6 + 4 + 8 + 1)]  // and a mask
    public void Step_OfALlama_AsksForSoManyOperations(bool isPadded, int ofAStep)
    {
        Assert.SkipUnless(OperationCounter.IsThere, OperationCounter.MissingReason);
        var two = StepOperations(2, isPadded);
        int three = StepOperations(3, isPadded).Count;

        string all = string.Join(" ", two);
        Assert.True(three - two.Count == OfALayer && two.Count == ofAStep + (2 * OfALayer), $"{three - two.Count} a layer, {two.Count - (2 * (three - two.Count))} a step: {all}");
    }

    [Fact]
    public void Generate_PromptsOfDifferentLengths_AreReadTogetherAndEachStepIsReadOnce()
    {
        Assert.SkipUnless(OperationCounter.IsThere, OperationCounter.MissingReason);
        var (few, readsOfFew) = GenerateOperations(8);
        var (many, reads) = GenerateOperations(Texts);

        Assert.Equal((5, 5), (readsOfFew, reads)); // the ids of five tokens
        Assert.Equal(few.Count, many.Count);       // none for each text
        Assert.Equal(0, many.Count(o => o == "item" || o == "_local_scalar_dense"));
    }

    private static List<string> StepOperations(int layers, bool isPadded)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        using var model = Llama(layers);
        List<string> operations = [];
        int reads = MetaKernels.ReadsOf(() =>
        {
            (KeyValueCache, long[])[] parts = [.. Enumerable.Range(0, Texts).Select(i => (Read(model, isPadded ? 5 + i : 9), new long[1]))];
            using var cache = KeyValueCache.Join(parts);
            var ids = zeros([Texts, 1], ScalarType.Int64, META);
            model.Logits(ids, cache);
            operations = OperationCounter.OperationsOf(() => model.Logits(ids, cache));
            Array.ForEach(parts, p => p.Item1.Dispose());
        });
        Assert.Equal(0, reads);
        return operations;
    }

    private static (List<string> Operations, int Reads) GenerateOperations(int texts)
    {
        using var folder = new ScratchFolder();
        using var tiny = LanguageModel.Load("tiny", folder.Write("tiny.gguf", TinyGguf.Build()), ScalarType.Float32, CPU);
        using var model = new LanguageModel("llama", "", Llama(2), tiny.Tokenizer);
        var generator = new TextGenerator(model, new GenerateOptions { Temperature = 0, MaxTokens = 5 });
        (int, int[])[] prompts = [.. Enumerable.Range(0, texts).Select(i => (i, Enumerable.Repeat(1, 3 + (i % 8)).ToArray()))];
        List<string> operations = [];
        int written = 0;
        int reads = MetaKernels.ReadsOf(() =>
            operations = OperationCounter.OperationsOf(() => generator.Generate(prompts, Texts, (_, done) => written += done.Tokens.Count, CancellationToken.None)));
        Assert.Equal(5 * texts, written);
        return (operations, reads);
    }

    private static CausalModel Llama(int layers)
    {
        var config = JsonNode.Parse($$"""
            {"model_type": "llama", "hidden_size": 64, "intermediate_size": 96, "num_hidden_layers": {{layers}}, "num_attention_heads": 4, "num_key_value_heads": 2, "vocab_size": 600,
             "max_position_embeddings": 256, "rms_norm_eps": 1e-5, "tie_word_embeddings": false}
            """)!;
        var model = ModelFactory.Create(ModelConfig.From(config.AsObject(), "config.json"), 1, ScalarType.BFloat16, CPU);
        MetaKernels.Move(model);
        return model;
    }

    private static KeyValueCache Read(CausalModel model, int tokens)
    {
        var cache = new KeyValueCache();
        model.HiddenStates(zeros([1, tokens], ScalarType.Int64, META), cache);
        return cache;
    }
}
