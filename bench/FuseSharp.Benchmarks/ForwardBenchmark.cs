using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using FuseSharp.Models.Architectures;
using FuseSharp.Models.Configuration;
using static TorchSharp.torch;

namespace FuseSharp.Benchmarks;

/// <summary>Forward tokens/s of every model family, as a fraction of what bare matrix products reach on this machine in the same run.</summary>
/// <remarks>
/// The ceiling is a measured rate: float32 products of the shape of a feed-forward part, [tokens, 1024]·[1024, 2816], at the same
/// number of tokens, over as many different matrices as a model has, so that weights come from memory as they do in a model. A model's work
/// is counted as 2 floating-point operations for each weight that a token meets, head included, and 2·tokens²·width for each block's causal attention.
/// </remarks>
internal sealed class ForwardBenchmark : IBenchmark
{
    private const int Hidden = 1024;
    private const int Layers = 4;
    private const int Vocabulary = 8192;

    private static readonly (string Name, string Architecture)[] _families =
    [
        ("llama", "LlamaForCausalLM"), ("mistral (window 1024)", "MistralForCausalLM"), ("mixtral (2 of 4)", "MixtralForCausalLM"), ("qwen2", "Qwen2ForCausalLM"),
        ("mpt", "MptForCausalLM"), ("gpt-neox", "GPTNeoXForCausalLM"), ("gpt2", "GPT2LMHeadModel"),
    ];

    public string Name => "forward";

    public IReadOnlyList<Figure> Run(string[] arguments)
    {
        using var noGradient = no_grad();
        var worst = (Fraction: double.MaxValue, Name: "");
        int[] lengths = [16, 512, 2048];
        Console.WriteLine("family                  tokens    tokens/s   GFLOP/s   ceiling   fraction");
        foreach (var (name, architecture) in _families)
        {
            using var model = ModelFactory.Create(Config(architecture), 1, ScalarType.Float32, CPU);
            model.eval();
            foreach (int length in lengths)
            {
                var (seconds, ceiling) = Measure(model, length);
                double rate = Operations(model, length) / seconds / 1e9;
                double fraction = rate / ceiling;
                worst = fraction < worst.Fraction ? (fraction, $"{name}, {length.ToString(CultureInfo.InvariantCulture)} tokens") : worst;
                Console.WriteLine(FormattableString.Invariant($"{name,-22} {length,7} {length / seconds,11:F0} {rate,9:F1} {ceiling,9:F1} {fraction,10:F2}"));
            }
        }

        return [new($"forward pass, the lowest ({worst.Name}), GFLOP/s by", worst.Fraction, "", Goal.AtLeast(0.6), new("bare matrix products", 1))];
    }

    private static ModelConfig Config(string architecture)
        => ModelConfig.From(new JsonObject
        {
            ["architectures"] = new JsonArray(architecture),
            ["vocab_size"] = Vocabulary,
            ["hidden_size"] = Hidden,
            ["intermediate_size"] = architecture == "MixtralForCausalLM" ? 1536 : architecture == "GPTNeoXForCausalLM" ? 4096 : 2816,
            ["num_hidden_layers"] = Layers,
            ["num_attention_heads"] = 16,
            ["num_key_value_heads"] = 8,
            ["num_local_experts"] = 4,
            ["sliding_window"] = 1024,
            ["max_position_embeddings"] = 4096,
            ["d_model"] = Hidden,
            ["n_heads"] = 16,
            ["n_layers"] = Layers,
            ["n_embd"] = Hidden,
            ["n_head"] = 16,
            ["n_layer"] = Layers,
        }, "benchmark");

    private static double Operations(CausalModel model, int tokens)
    {
        double weights = Hidden * (double)Vocabulary;
        foreach (var (name, parameter) in model.named_parameters())
        {
            bool isTable = name.Contains("embed", StringComparison.Ordinal) || name.Contains("wte", StringComparison.Ordinal) || name.Contains("wpe", StringComparison.Ordinal) || name.StartsWith("lm_head", StringComparison.Ordinal);
            double share = name.Contains(".experts.", StringComparison.Ordinal) ? 0.5 : 1; // two of four
            weights += isTable || parameter.dim() < 2 ? 0 : share * parameter.numel();
        }

        return (2 * weights * tokens) + (2.0 * tokens * tokens * Hidden * Layers);
    }

    /// <summary>Seconds of a forward pass, and GFLOP/s of bare products.</summary>
    /// <remarks>Both in turns, the best of each: what else the machine does at the time meets both alike.</remarks>
    private static (double Seconds, double Ceiling) Measure(CausalModel model, int length)
    {
        const int Inner = 2816;
        const int Matrices = 16;
        using var scope = NewDisposeScope();
        var ids = arange(length, ScalarType.Int64).remainder(Vocabulary).unsqueeze(0);
        var states = randn(length, Hidden);
        Tensor[] weights = [.. Enumerable.Range(0, Matrices).Select(_ => randn(Inner, Hidden))];
        double forward = double.MaxValue;
        double products = double.MaxValue;
        var total = Stopwatch.StartNew();
        for (int round = 0; round < 4 || (total.Elapsed.TotalSeconds < 3 && round < 100); round++)
        {
            double seconds = Time(() => model.Logits(ids));
            double bare = Time(() =>
            {
                foreach (var weight in weights)
                {
                    using var product = states.matmul(weight.t());
                }
            });
            if (round > 0) // the first one warms up
            {
                forward = Math.Min(forward, seconds);
                products = Math.Min(products, bare);
            }
        }

        return (forward, 2.0 * length * Hidden * Inner * Matrices / products / 1e9);
    }

    private static double Time(Action run)
    {
        using var scope = NewDisposeScope();
        var clock = Stopwatch.StartNew();
        run();
        return clock.Elapsed.TotalSeconds;
    }
}
