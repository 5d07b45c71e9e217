using System.Text.Json;
using FuseSharp.Errors;
using FuseSharp.Models.Architectures;
using FuseSharp.Models.Checkpoints;
using FuseSharp.Models.Decoding;
using FuseSharp.Models.Generate;
using FuseSharp.Models.Layers;
using FuseSharp.Testing;
using TorchSharp;
using static TorchSharp.torch;

namespace FuseSharp.Models.Tests.Networks;

/// <summary>A real model in a GGUF file (Q4_1, Q8_0, F32, tokenizer inside) against Hugging Face on the weights that the gguf package dequantized.</summary>
public sealed class SmolLm2Tests
{
    private const double Tolerance = 1e-4;

    private static string Model => SharedData.Path("data", "models", "smollm2-135m-instruct", "SmolLM2-135M-Instruct.Q4_1.gguf");

    [Theory(Skip = SharedData.MissingReason, SkipWhen = nameof(SharedData.IsMissing), SkipType = typeof(SharedData))]
    [InlineData(false)]
    [InlineData(true)]
    public void IdsLogitsLossesAndAnswer_AreHuggingFaces(bool keepsStored)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        using var model = LanguageModel.Load("smollm2", Model, ScalarType.Float32, CPU, keepsStored: keepsStored);
        using var golden = new SafetensorsReader(SharedData.Path("golden", "smollm2", "golden.safetensors"));
        using var json = JsonDocument.Parse(File.ReadAllText(SharedData.Path("golden", "smollm2", "golden.json")));

        for (int i = 0; golden.Names.Contains(FormattableString.Invariant($"ids_{i}")); i++)
        {
            using var inner = NewDisposeScope();
            Tensor Read(string name) => golden.Read(FormattableString.Invariant($"{name}_{i}"));
            var ids = Read("ids");
            int[] own = model.Tokenizer.Encode(json.RootElement.GetProperty("texts")[i].GetString()!).Ids;
            Assert.Equal(ids.data<long>().Select(id => (int)id), own.Take((int)ids.shape[0]));

            var logits = model.Network.Logits(ids.unsqueeze(0)).squeeze(0);
            var indices = Read("top_indices");
            Assert.InRange((logits.gather(1, indices) - Read("top_logits")).abs().max().ToDouble(), 0, Tolerance);
            Assert.InRange((logits.logsumexp(1) - Read("log_normalizer")).abs().max().ToDouble(), 0, Tolerance);
            double loss = nn.functional.cross_entropy(logits.narrow(0, 0, ids.shape[0] - 1), ids.narrow(0, 1, ids.shape[0] - 1)).ToDouble();
            Assert.Equal(Read("loss").ToDouble(), loss, Tolerance);
        }

        string prompt = json.RootElement.GetProperty("prompt").GetString()!;
        Assert.Equal(golden.Read("greedy_prompt_ids").data<long>().Select(id => (int)id), model.Tokenizer.Encode(prompt).Ids);
        long[] expected = [.. golden.Read("greedy_ids").data<long>()];
        Assert.Equal(expected, Greedy(model.Network, [.. golden.Read("greedy_prompt_ids").data<long>()], expected.Length));
        Assert.Equal(expected, Greedy(model.Network, [.. golden.Read("greedy_prompt_ids").data<long>()], expected.Length, model.Network.FindStep()!));
        Assert.Equal(json.RootElement.GetProperty("answer").GetString(), model.Tokenizer.Decode([.. expected.Skip(expected.Length - 24).Select(id => (int)id)]));

        // The command stops where the model ends its answer; the golden was told to go on.
        string answer = new TextGenerator(model, new GenerateOptions { Prompt = prompt, MaxTokens = 24, Temperature = 0 }).Generate(TestContext.Current.CancellationToken);
        Assert.Equal("The capital of France is Paris.", answer);
    }

    [Fact(Skip = SharedData.MissingReason, SkipWhen = nameof(SharedData.IsMissing), SkipType = typeof(SharedData))]
    public void Load_KeepsStored_TakesTheFilesSizeAndWritesTheSame()
    {
        using var whole = LanguageModel.Load("whole", Model, ScalarType.Float32, CPU);
        using var kept = LanguageModel.Load("kept", Model, ScalarType.Float32, CPU, keepsStored: true);
        string[] texts = ["Once upon a time", "The theory of evolution explains how animals and plants", "Water is", "To make a good soup you need", "def main():"];
        (int, int[])[] prompts = [.. texts.Select((t, i) => (i, kept.PromptIds(t)))];

        // All but the norms: 134.5 million numbers, float32 whole. Kept a number takes 6 bits in Q4_1 (four and a float32 scale and minimum for 32) and 9 in Q8_0.
        Assert.True(kept.Network.HasKept && !whole.Network.HasKept);
        Assert.All(kept.Network.named_parameters(), p => Assert.True(p.parameter.dim() == 1 || p.parameter.stride().All(s => s == 0), p.name));
        Assert.Equal(whole.Network.named_parameters().Select(p => (p.name, string.Join(',', p.parameter.shape))), kept.Network.named_parameters().Select(p => (p.name, string.Join(',', p.parameter.shape))));
        Assert.InRange(kept.Network.KeptBytes, 90_000_000, 120_000_000);
        Assert.Equal(Run(whole, prompts, 1), Run(kept, prompts, 1));
        Assert.Equal(Run(whole, prompts, 5), Run(kept, prompts, 5));
        Assert.Equal(Run(kept, prompts, 1), Run(kept, prompts, 5));
    }

    [Fact(Skip = SharedData.MissingReason, SkipWhen = nameof(SharedData.IsMissing), SkipType = typeof(SharedData))]
    public void Save_KeptWeights_IsRefused()
    {
        using var folder = new ScratchFolder();
        using var kept = LanguageModel.Load("kept", Model, ScalarType.Float32, CPU, keepsStored: true);

        var fault = Assert.Throws<ModelException>(() => ModelFolder.Save(kept.Network, folder.Path, ScalarType.Float32));

        Assert.Equal("The model's weights are kept as its file stores them and are not written out. Load it without keeping them to save it.", fault.Message);
        Assert.Empty(Directory.GetFiles(folder.Path));
    }

    private static string[] Run(LanguageModel model, (int, int[])[] prompts, int batchSize)
    {
        string[] texts = new string[prompts.Length];
        new TextGenerator(model, new GenerateOptions { MaxTokens = 24, Temperature = 0 })
            .Generate(prompts, batchSize, (place, done) => texts[place] = done.Text, TestContext.Current.CancellationToken);
        return texts;
    }

    private static List<long> Greedy(CausalModel model, long[] prompt, int length, DecodeStep step)
    {
        using var cache = new KeyValueCache();
        using var scope = NewDisposeScope();
        List<long> ids = [.. prompt, model.Logits(tensor(prompt, [1, prompt.Length]), cache).narrow(1, prompt.Length - 1, 1).argmax(-1).item<long>()];
        while (ids.Count < length)
        {
            ids.Add(Sampler.Largest(step.Logits([(int)ids[^1]], cache)));
        }

        return ids;
    }

    private static List<long> Greedy(CausalModel model, long[] prompt, int length)
    {
        using var cache = new KeyValueCache();
        List<long> ids = [.. prompt];
        while (ids.Count < length)
        {
            using var scope = NewDisposeScope();
            long[] unread = [.. ids.Skip((int)cache.Length)];
            ids.Add(model.Logits(tensor(unread, [1, unread.Length]), cache).narrow(1, unread.Length - 1, 1).argmax(-1).item<long>());
        }

        return ids;
    }
}
