using FuseSharp.Models.Scoring;
using FuseSharp.Testing;
using static TorchSharp.torch;

namespace FuseSharp.Models.Tests.Decoding;

/// <summary>Which models write with their weights as they are stored, and what that takes.</summary>
public sealed class StoredWeightsTests
{
    private static string Quantized => SharedData.Path("data", "models", "smollm2-135m-instruct", "SmolLM2-135M-Instruct.Q4_1.gguf");

    [Fact(Skip = SharedData.MissingReason, SkipWhen = nameof(SharedData.IsMissing), SkipType = typeof(SharedData))]
    public void OfAQuantizedFile_AreKeptInFloat32()
    {
        Assert.True(StoredWeights.AreIn(Quantized));
        Assert.Equal(ScalarType.Float32, StoredWeights.WorkingTypeOf(Precision.Auto, CPU, Quantized));
        Assert.Equal(ScalarType.BFloat16, StoredWeights.WorkingTypeOf(Precision.Bfloat16, CPU, Quantized));
        Assert.Equal(ScalarType.BFloat16, StoredWeights.WorkingTypeOf(Precision.Auto, new Device(TorchSharp.DeviceType.CUDA, 0), Quantized));
        using var model = LanguageModel.Load("kept", Quantized, ScalarType.Float32, CPU, keepsStored: true);
        long norms = model.Network.parameters().Where(p => p.dim() == 1).Sum(p => p.numel()) * sizeof(float);
        Assert.Equal(model.Network.KeptBytes + norms, StoredWeights.BytesOf(Quantized));
    }

    [Fact]
    public void OfOtherModels_AreAsEver()
    {
        using var folder = new ScratchFolder();
        string plain = folder.Write("tiny.gguf", TinyGguf.Build());

        Assert.False(StoredWeights.AreIn(plain));
        Assert.False(StoredWeights.AreIn(folder.Path));
        Assert.Equal(WorkingType.Resolve(Precision.Auto, CPU), StoredWeights.WorkingTypeOf(Precision.Auto, CPU, plain));
    }

    [Fact(Skip = SharedData.MissingReason, SkipWhen = nameof(SharedData.IsMissing), SkipType = typeof(SharedData))]
    public void OfSeveral_OneThatHasNone_DecidesForAll()
    {
        using var folder = new ScratchFolder();
        string plain = folder.Write("tiny.gguf", TinyGguf.Build());

        Assert.Equal(WorkingType.Resolve(Precision.Auto, CPU), StoredWeights.WorkingTypeOf(Precision.Auto, CPU, Quantized, plain));
    }
}
