using FuseSharp.Models.Configuration;
using FuseSharp.Models.Families;
using FuseSharp.Models.Rows;
using FuseSharp.Models.Scoring;
using FuseSharp.Tokenizers.Gguf;
using TorchSharp;
using static TorchSharp.torch;

namespace FuseSharp.Models;

/// <summary>Tells which models can write with their weights as the file stores them: see <see cref="ModelFolder.Load"/>.</summary>
public static class StoredWeights
{
    /// <summary>Whether a model's large matrices stay in their blocks where that is asked for.</summary>
    /// <param name="path">A folder or GGUF file.</param>
    /// <exception cref="Errors.ModelException">A GGUF file is damaged.</exception>
    public static bool AreIn(string path) => GgufFile.IsGguf(path) && DecoderDesign.Has(ModelConfig.Read(path)) && GgufFile.Read(path).Tensors.Any(IsKept);

    /// <summary>The type in which models work that write on a processor: <see cref="Precision.Auto"/> is float32 where <see cref="AreIn"/> says so of all, since the blocks are the fastest there and multiply float32 without rounding it.</summary>
    /// <param name="precision">What the user asked for.</param>
    /// <param name="device">Where they run.</param>
    /// <param name="models">Folders or GGUF files.</param>
    public static ScalarType WorkingTypeOf(Precision precision, Device device, params IEnumerable<string> models)
        => precision == Precision.Auto && device.type == DeviceType.CPU && models.All(AreIn) ? ScalarType.Float32 : WorkingType.Resolve(precision, device);

    /// <summary>Bytes of memory that a model's weights take in float32, those in blocks as they are.</summary>
    /// <param name="path">A GGUF file that <see cref="AreIn"/> agrees to.</param>
    public static double BytesOf(string path) => GgufFile.Read(path).Tensors.Sum(t => t.ElementCount * (IsKept(t) ? BlockCodes.FormOf(t.Type)!.BytesOfNumber : sizeof(float)));

    // As GgufWeights.Keep has it, but for the order of rows, which no decoder's matrices have otherwise.
    private static bool IsKept(GgufTensor tensor)
        => tensor.Shape.Count >= 2 && BlockRowsBuilder.Fit(tensor.Type, tensor.Shape[^2], tensor.Shape[^1]);
}
