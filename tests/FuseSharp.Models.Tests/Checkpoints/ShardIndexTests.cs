using System.Text;
using FuseSharp.Models.Checkpoints;
using FuseSharp.Testing;
using static TorchSharp.torch;

namespace FuseSharp.Models.Tests.Checkpoints;

public sealed class ShardIndexTests
{
    [Theory]
    [InlineData("""{"weight_map":{"a":"model-2.safetensors"}}""", "model-2.safetensors")]
    [InlineData("""{"weight_map":{"a":"model.safetensors.index.json"}}""", "expected a *.safetensors file")]
    [InlineData("""{"weight_map":{"a":"../model-1.safetensors"}}""", "same folder")]
    [InlineData("""{"weight_map":{"a":"/etc/passwd"}}""", "same folder")]
    [InlineData("""{"weight_map":{"a":""}}""", "same folder")]
    [InlineData("""{"weight_map":{"a":"model-1.safetensors","a":"model-1.safetensors"}}""", "twice")]
    [InlineData("""{"weight_map":{"b":"model-1.safetensors"}}""", "lacks tensor 'b'")]
    [InlineData("""{"weight_map":{}}""", "no shards")]
    [InlineData("""{"weight_map":{"a":7}}""", "not an index")]
    [InlineData("""{"weight_map":[]}""", "not an index")]
    [InlineData("{}", "not an index")]
    [InlineData("not json", "not an index")]
    public void Open_AnIndexThatLies_IsRefused(string index, string expected)
    {
        using var folder = new ScratchFolder();
        SafetensorsWriter.Write(folder.At("model-1.safetensors"), [("a", zeros(2))]);
        folder.Write("model.safetensors.index.json", Encoding.UTF8.GetBytes(index));

        Refusal.Check(folder.Path, expected, () => WeightFiles.Open(folder.Path).ToList());
    }

    [Fact]
    public void Open_AFolderWithoutWeights_IsRefused()
    {
        using var folder = new ScratchFolder();
        Refusal.Check(folder.Path, "neither", () => WeightFiles.Open(folder.Path).ToList());
    }
}
