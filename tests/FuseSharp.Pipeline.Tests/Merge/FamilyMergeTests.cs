using FuseSharp.Models;
using FuseSharp.Models.Checkpoints;
using FuseSharp.Models.Configuration;
using FuseSharp.Pipeline.Merge;
using FuseSharp.Pipeline.Merge.Configuration;
using FuseSharp.Storage.Artifacts;
using FuseSharp.Testing;
using static TorchSharp.torch;

namespace FuseSharp.Pipeline.Tests.Merge;

/// <summary>A model of every family merged with itself is itself, opens, and has the head that it had.</summary>
public sealed class FamilyMergeTests
{
    public static TheoryData<string> Families => [.. SharedData.IsMissing ? new[] { "none" } : Directory.EnumerateDirectories(SharedData.Path("golden", "families")).Select(Path.GetFileName).OfType<string>().Order(StringComparer.Ordinal).ToArray()];

    [Theory(Skip = SharedData.MissingReason, SkipWhen = nameof(SharedData.IsMissing), SkipType = typeof(SharedData))]
    [MemberData(nameof(Families))]
    public void Run_AModelWithItself_IsItself(string family)
    {
        using var scope = NewDisposeScope();
        using var folder = new ScratchFolder();
        string model = SharedData.Path("golden", "families", family);

        MergeStage.Run(new MergeOptions { MergeMethod = MergeMethod.Linear, Models = [new() { Model = model }, new() { Model = model }] }, folder.At("merged"), StageContext.Silent);

        using var merged = new SafetensorsReader(folder.At("merged/model.safetensors"));
        using var single = new SafetensorsReader(Path.Combine(model, "model.safetensors"));
        Assert.Equal(single.Names.Order(StringComparer.Ordinal), merged.Names.Order(StringComparer.Ordinal));
        Assert.All(single.Names, n => Assert.True(merged.Read(n).equal(single.Read(n)).all().item<bool>(), n));
        Assert.Equal(ModelConfig.Read(model).IsTied, ModelConfig.Read(folder.At("merged")).IsTied);
        using var network = ModelFolder.Load(folder.At("merged"), ScalarType.Float32, CPU);
        Assert.Equal(single.Names.Any(TiedHead.IsHead), network.named_parameters().Any(p => TiedHead.IsHead(p.name)));
    }
}
