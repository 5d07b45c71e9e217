using System.IO.Compression;
using System.Text;
using System.Text.Json.Nodes;
using FuseSharp.Models;
using FuseSharp.Models.Adapters;
using FuseSharp.Models.Checkpoints;
using FuseSharp.Models.Configuration;
using FuseSharp.Testing;
using TorchSharp;
using static TorchSharp.torch;

namespace FuseSharp.Pipeline.Tests.Train;

/// <summary>Adapters of kinds that no golden has, against the rule for each written out.</summary>
public sealed class MadeAdapterTests : IDisposable
{
    private const string Prefix = "base_model.model.";
    private const double Tolerance = 1e-6;

    private readonly ScratchFolder _folder = new();
    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose()
    {
        _scope.Dispose();
        _folder.Dispose();
    }

    [Fact(Skip = SharedData.MissingReason, SkipWhen = nameof(SharedData.IsMissing), SkipType = typeof(SharedData))]
    public void EmbeddingOfATiedModel_WithAnAdapter_PartsFromTheHead()
    {
        string model = GoldenSet.Path("models", "llama-gqa-tied-llama3rope");
        var embedding = Read(model)["model.embed_tokens.weight"];
        var (down, up) = (Random(2, 320), Random(64, 2));

        Make(model, "\"target_modules\": [\"embed_tokens\"]", ("model.embed_tokens.lora_embedding_A", down), ("model.embed_tokens.lora_embedding_B", up), ("model.embed_tokens.base_layer.weight", embedding));
        var merged = Read(_folder.Path);

        Assert.False(ModelConfig.Read(_folder.Path).Flag("tie_word_embeddings", true));
        AssertSame(embedding, merged["lm_head.weight"]);
        AssertSame(embedding + (2 * up.matmul(down).t()), merged["model.embed_tokens.weight"]); // s = 4 / 2
    }

    [Fact(Skip = SharedData.MissingReason, SkipWhen = nameof(SharedData.IsMissing), SkipType = typeof(SharedData))]
    public void EmbeddingThatWasOnlyStoredAlong_StaysTheHead()
    {
        string model = GoldenSet.Path("models", "llama-gqa-tied-llama3rope");
        var stored = Random(320, 64);

        Make(model, "\"target_modules\": []", ("model.embed_tokens.weight", stored));
        var merged = Read(_folder.Path);

        Assert.True(ModelConfig.Read(_folder.Path).Flag("tie_word_embeddings", false));
        Assert.False(merged.ContainsKey("lm_head.weight"));
        AssertSame(stored, merged["model.embed_tokens.weight"]);
    }

    [Fact(Skip = SharedData.MissingReason, SkipWhen = nameof(SharedData.IsMissing), SkipType = typeof(SharedData))]
    public void ParameterThatLiesInputsFirst_GetsTheProductTransposed()
    {
        string model = GoldenSet.Path("families", "gpt-oss");
        var weights = Read(model)["model.layers.0.mlp.experts.gate_up_proj"]; // [experts, inputs, outputs]
        long[] shape = weights.shape;
        var (down, up) = (Random(shape[0] * 2, shape[1]), Random(shape[2], 2 * shape[0]));

        Make(model, "\"target_parameters\": [\"0.mlp.experts.gate_up_proj\"]", ("model.layers.0.mlp.experts.lora_A.weight", down), ("model.layers.0.mlp.experts.lora_B.weight", up));
        var merged = Read(_folder.Path)["model.layers.0.mlp.experts.gate_up_proj"];

        for (long e = 0; e < shape[0]; e++)
        {
            var columns = stack([up.select(1, e), up.select(1, e + shape[0])], 1); // e and e + experts: rank 2
            AssertSame(weights[e] + (2 * columns.matmul(down.narrow(0, 2 * e, 2)).t()), merged[e]);
        }
    }

    [Fact(Skip = SharedData.MissingReason, SkipWhen = nameof(SharedData.IsMissing), SkipType = typeof(SharedData))]
    public void PickledWeights_AreRead()
    {
        string adapter = GoldenSet.Path("adapters-peft", "modules-to-save-tied");
        using var reader = new SafetensorsReader(Path.Combine(adapter, "adapter_model.safetensors"));
        var config = JsonNode.Parse(File.ReadAllText(Path.Combine(adapter, "adapter_config.json")))!;
        config["base_model_name_or_path"] = AdapterFolder.BaseOf(adapter);
        File.WriteAllText(_folder.At("adapter_config.json"), config.ToJsonString());
        WritePickle(_folder.At("adapter_model.bin"), reader);

        var (expected, merged) = (Read(adapter), Read(_folder.Path));

        Assert.Equal(expected.Keys.Order(StringComparer.Ordinal), merged.Keys.Order(StringComparer.Ordinal));
        Assert.All(expected, t => AssertSame(t.Value, merged[t.Key]));
        Assert.False(ModelConfig.Read(_folder.Path).Flag("tie_word_embeddings", true));
    }

    private static Tensor Random(params long[] shape)
    {
        using var generator = new Generator(7);
        return rand(shape, generator: generator);
    }

    private static void AssertSame(Tensor expected, Tensor actual) => Assert.InRange((expected - actual).abs().max().ToDouble(), 0, Tolerance * Math.Max(1, expected.abs().max().ToDouble()));

    private static Dictionary<string, Tensor> Read(string path)
    {
        var tensors = new Dictionary<string, Tensor>(StringComparer.Ordinal);
        foreach (var source in WeightFiles.Open(path))
        {
            foreach (string name in source.Names)
            {
                tensors[name] = empty([.. source.ShapeOf(name)], ScalarType.Float32);
                source.CopyTo(name, tensors[name]);
            }
        }

        return tensors;
    }

    private void Make(string model, string settings, params (string Name, Tensor Value)[] tensors)
    {
        File.WriteAllText(_folder.At("adapter_config.json"), $$"""{"peft_type": "LORA", "r": 2, "lora_alpha": 4, "base_model_name_or_path": "{{model}}", {{settings}}}""");
        SafetensorsWriter.Write(_folder.At("adapter_model.safetensors"), tensors.Select(t => (Prefix + t.Name, t.Value)));
    }

    // As torch.save writes a dictionary of float32 tensors.
    private static void WritePickle(string file, SafetensorsReader tensors)
    {
        using var pickle = new MemoryStream();
        void Put(string ascii) => pickle.Write(Encoding.Latin1.GetBytes(ascii));
        void Whole(long number)
        {
            Put("J");
            pickle.Write(BitConverter.GetBytes((int)number));
        }

        void Text(string text)
        {
            Put("X");
            pickle.Write(BitConverter.GetBytes(text.Length));
            Put(text);
        }

        void Tuple(IEnumerable<long> numbers)
        {
            Put("(");
            numbers.ToList().ForEach(Whole);
            Put("t");
        }

        using var zip = ZipFile.Open(file, ZipArchiveMode.Create);
        Put("\u0080\u0002}");
        foreach (var (name, i) in tensors.Names.Select((n, i) => (n, i)))
        {
            long[] shape = [.. tensors.ShapeOf(name)];
            long count = shape.Aggregate(1L, (product, d) => product * d);
            Text(name);
            Put("ctorch._utils\n_rebuild_tensor_v2\n((");
            Text("storage");
            Put("ctorch\nFloatStorage\n");
            Text(FormattableString.Invariant($"{i}"));
            Text("cpu");
            Whole(count);
            Put("tQ");
            Whole(0);
            Tuple(shape);
            Tuple(shape.Length == 2 ? [shape[1], 1] : [1]);
            Put("\u0089ccollections\nOrderedDict\n)RtRs");
            using var numbers = zip.CreateEntry(FormattableString.Invariant($"archive/data/{i}"), CompressionLevel.NoCompression).Open();
            numbers.Write(tensors.Read(name).bytes);
        }

        Put(".");
        using var entry = zip.CreateEntry("archive/data.pkl", CompressionLevel.NoCompression).Open();
        entry.Write(pickle.ToArray());
    }
}
