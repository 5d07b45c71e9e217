using System.Diagnostics;
using System.Text.Json.Nodes;
using FuseSharp.Models.Architectures;
using FuseSharp.Models.Configuration;
using static TorchSharp.torch;

namespace FuseSharp.Models.Tests.Native;

/// <summary>A null reference on a thread that has run a model is an exception on every processor. In a process of its own: what is tested would end this one.</summary>
public sealed class SignalRoomTests
{
    /// <summary>Why there is nothing to test.</summary>
    public const string MissingReason = "This processor has no AMX: signals write little here, and .NET's own stack for them suffices.";

    /// <summary>True where the processor lacks AMX.</summary>
    public static bool IsMissing => !File.Exists("/proc/cpuinfo") || !File.ReadAllText("/proc/cpuinfo").Contains(" amx_bf16", StringComparison.Ordinal);

    [Fact(Skip = MissingReason, SkipWhen = nameof(IsMissing))]
    public async Task NullReference_AfterAModelInBfloat16_ProcessLives()
    {
        var start = new ProcessStartInfo("dotnet", [typeof(SignalRoomTests).Assembly.Location, "-noColor", "-explicit", "only", "-method", $"{typeof(SignalRoomTests).FullName}.{nameof(Child)}"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        string output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();

        Assert.True(process.ExitCode == 0, $"It ended with {process.ExitCode}: {output}{await errors}");
        Assert.Contains("Total: 1, Errors: 0, Failed: 0, Skipped: 0, Not Run: 0", output, StringComparison.Ordinal);
    }

    /// <summary>What the process of its own does: on a new thread and on one of the pool's, a model, faults of three depths, the model again, another fault.</summary>
    [Fact(Explicit = true)]
    public async Task Child()
    {
        var thread = new Thread(ComputeAndFault);
        thread.Start();
        thread.Join();
        await Task.Run(ComputeAndFault);
        ComputeAndFault();
    }

    private static void ComputeAndFault()
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var model = ModelFactory.Create(
            ModelConfig.From(new JsonObject
            {
                ["architectures"] = new JsonArray("LlamaForCausalLM"),
                ["vocab_size"] = 96,
                ["hidden_size"] = 128,
                ["intermediate_size"] = 160,
                ["num_hidden_layers"] = 1,
                ["num_attention_heads"] = 2,
                ["max_position_embeddings"] = 64,
            }, "test"), 9, ScalarType.BFloat16, CPU);
        for (int round = 0; round < 2; round++)
        {
            using var inner = NewDisposeScope();
            Assert.False(model.Logits(zeros([4, 64], ScalarType.Int64)).isnan().any().item<bool>());
            for (int depth = 0; depth < 300; depth += 100)
            {
                Assert.Throws<NullReferenceException>(() => LengthOf(null, depth));
            }
        }
    }

    private static int LengthOf(string? text, int depth) => depth == 0 ? text!.Length : LengthOf(text, depth - 1) + 1;
}
