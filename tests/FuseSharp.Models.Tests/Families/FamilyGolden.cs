using System.Globalization;
using System.Text.Json.Nodes;
using FuseSharp.Models.Architectures;
using FuseSharp.Models.Checkpoints;
using FuseSharp.Models.Layers;
using FuseSharp.Testing;
using TorchSharp;
using static TorchSharp.torch;

namespace FuseSharp.Models.Tests.Families;

/// <summary>A golden checkpoint of a family: what transformers answers with its weights.</summary>
internal sealed class FamilyGolden : IDisposable
{
    /// <summary>Largest difference of a logit.</summary>
    public const double Tolerance = 1e-4;

    private readonly SafetensorsReader _answers;

    public FamilyGolden(string name, string? folder = null)
    {
        Folder = folder ?? GoldenSet.Path("families", name);
        Model = ModelFolder.Load(Folder, ScalarType.Float32, CPU);
        _answers = new SafetensorsReader(GoldenSet.Path("families", name, "golden.safetensors"));
    }

    /// <summary>All folders, found on disk: a new one is tested without a change here. A plain clone has none, and xunit wants a row to skip.</summary>
    public static IReadOnlyList<string> Folders => GoldenSet.FoldersIn("families") is { Count: > 0 } folders ? folders : ["none"];

    public string Folder { get; }

    public CausalModel Model { get; }

    public Tensor Read(string name) => _answers.Read(name);

    public bool Has(string name) => _answers.Names.Contains(name);

    public static JsonNode SummaryOf(string name) => JsonNode.Parse(File.ReadAllText(GoldenSet.Path("families", "summary.json")))!["models"]![name]!;

    /// <summary>All logits of the golden against the model's.</summary>
    public void AssertLogits()
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        double plain = Difference(Read("logits"), Model.Logits(Read("input_ids")));
        double longer = Difference(Read("long_logits"), Model.Logits(Read("long_input_ids")));
        double padded = Difference(Read("padded_logits"), Model.Logits(Read("padded_input_ids")) * Read("padded_attention_mask").unsqueeze(-1));
        Assert.True(plain <= Tolerance && longer <= Tolerance && padded <= Tolerance, string.Create(CultureInfo.InvariantCulture, $"plain {plain}, long {longer}, padded {padded}"));
    }

    public static double Difference(Tensor expected, Tensor actual) => (expected - actual).abs().max().ToDouble();

    public static Tensor Loss(CausalModel model, Tensor ids)
    {
        var logits = model.Logits(ids).narrow(1, 0, ids.shape[1] - 1);
        return nn.functional.cross_entropy(logits.flatten(0, 1), ids.narrow(1, 1, ids.shape[1] - 1).flatten());
    }

    /// <summary>The likeliest continuation, all at once or piece by piece behind a cache.</summary>
    public long[] Greedy(long[] prompt, int length, bool isCached)
    {
        using var noGradient = no_grad();
        using var cache = isCached ? new KeyValueCache() : null;
        List<long> ids = [.. prompt];
        while (ids.Count < length)
        {
            using var scope = NewDisposeScope();
            long[] unread = [.. ids.Skip((int)(cache?.Length ?? 0))];
            var logits = Model.Logits(tensor(unread, [1, unread.Length]), cache);
            ids.Add(logits.narrow(1, unread.Length - 1, 1).argmax(-1).item<long>());
        }

        return [.. ids];
    }

    public void Dispose()
    {
        Model.Dispose();
        _answers.Dispose();
    }
}
