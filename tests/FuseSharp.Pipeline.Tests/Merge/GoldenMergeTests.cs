using System.Text.Json.Nodes;
using FuseSharp.Models.Checkpoints;
using FuseSharp.Pipeline.Merge;
using FuseSharp.Pipeline.Merge.Configuration;
using FuseSharp.Storage.Artifacts;
using FuseSharp.Testing;
using TorchSharp;
using static TorchSharp.torch;

namespace FuseSharp.Pipeline.Tests.Merge;

/// <summary>mergekit's configurations as they stand, compared with mergekit's results.</summary>
public sealed class GoldenMergeTests
{
    // Units in the last place of the tensor's largest number.
    private const double MostUnits = 1;

    // Lengths and angles are float32 in mergekit and double here: against the formula in exact numbers its karcher is off by 2.7 units, its nuslerp by 1.5.
    private const double MostUnitsOfAngles = 4;

    public static TheoryData<string> Configurations => [.. SharedData.IsMissing ? new[] { "none" } : Directory.EnumerateFiles(SharedData.Path("golden", "merges-today"), "*.yaml").Select(Path.GetFileNameWithoutExtension).OfType<string>().Order(StringComparer.Ordinal).ToArray()];

    [Theory(Skip = SharedData.MissingReason, SkipWhen = nameof(SharedData.IsMissing), SkipType = typeof(SharedData))]
    [MemberData(nameof(Configurations))]
    public void Run_MergekitsConfiguration_GivesMergekitsWeights(string name)
    {
        using var scope = NewDisposeScope();
        using var folder = new ScratchFolder();
        string goldens = SharedData.Path("golden", "merges-today");
        string models = SharedData.Path("golden", "adapters", "merge");
        foreach (string model in Directory.EnumerateDirectories(models))
        {
            Directory.CreateSymbolicLink(folder.At(Path.GetFileName(model)), model);
        }

        File.Copy(Path.Combine(goldens, name + ".yaml"), folder.At("merge.yaml"));
        var options = MergeOptions.Read(folder.At("merge.yaml"));

        MergeStage.Run(options, folder.At("merged"), StageContext.Silent);

        using var merged = new SafetensorsReader(folder.At("merged/model.safetensors"));
        using var golden = new SafetensorsReader(Path.Combine(goldens, name, "model.safetensors"));
        Assert.Equal(golden.Names.Order(StringComparer.Ordinal), merged.Names.Order(StringComparer.Ordinal));
        bool isHalf = options.Dtype == "bfloat16";
        foreach (string tensor in golden.Names)
        {
            var expected = golden.Read(tensor).to_type(ScalarType.Float32);
            double largest = expected.abs().max().ToDouble();
            double unit = Math.Pow(2, Math.Floor(Math.Log2(largest)) - (isHalf ? 7 : 23));
            double off = (merged.Read(tensor).to_type(ScalarType.Float32) - expected).abs().max().ToDouble() / unit;
            Assert.True(off <= (name.Contains("slerp", StringComparison.Ordinal) || name == "karcher" ? MostUnitsOfAngles : MostUnits), FormattableString.Invariant($"{name}: {tensor} is off by {off:F2} units in the last place"));
        }

        var config = JsonNode.Parse(File.ReadAllText(folder.At("merged/config.json")))!;
        Assert.Equal(JsonNode.Parse(File.ReadAllText(Path.Combine(goldens, name, "config.json")))!["num_hidden_layers"]!.GetValue<int>(), config["num_hidden_layers"]!.GetValue<int>());
    }
}
