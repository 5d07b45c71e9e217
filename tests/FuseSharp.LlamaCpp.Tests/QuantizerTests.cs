using FuseSharp.Errors;
using FuseSharp.Models;
using FuseSharp.Models.Export;
using FuseSharp.Testing;
using FuseSharp.Tokenizers.Gguf;
using static TorchSharp.torch;

namespace FuseSharp.LlamaCpp.Tests;

public sealed class QuantizerTests
{
    // Most rows of the demo model are no multiple of 256, so that llama.cpp takes Q5_0, Q5_1 or Q8_0 for them; a wrong scale or order gives more than 1.
    [Theory(Skip = LlamaCppLibrary.MissingReason, SkipWhen = nameof(LlamaCppLibrary.IsMissing), SkipType = typeof(LlamaCppLibrary))]
    [InlineData(QuantizedType.Q4KM, 0.1)]
    [InlineData(QuantizedType.Q5KM, 0.05)]
    [InlineData(QuantizedType.Q6K, 0.02)]
    public void Run_DemoModel_IsSmallerAndAnswersNearly(QuantizedType type, double tolerance)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        using var folder = new ScratchFolder();
        using var exported = ExportedModel.Of(DemoModels.Path("security"), ExportType.F32);
        string file = folder.At("small.gguf");

        new LlamaCppQuantizer(LlamaCppLibrary.Folder).Run(exported.File, file, type);

        Assert.InRange(new FileInfo(file).Length, 1, new FileInfo(exported.File).Length / 3);
        Assert.Equal((long)type, GgufFile.Read(file).Number("general.file_type"));
        using var model = ModelFolder.Load(exported.Folder, ScalarType.Float32, CPU);
        using var quantized = ModelFolder.Load(file, ScalarType.Float32, CPU);
        var input = arange(48, ScalarType.Int64).unsqueeze(0);
        var expected = model.Logits(input);
        double distance = (quantized.Logits(input) - expected).norm().item<float>() / expected.norm().item<float>();
        TestContext.Current.TestOutputHelper!.WriteLine(FormattableString.Invariant($"{distance:e2}"));
        Assert.InRange(distance, 1e-6, tolerance);
    }

    [Fact(Skip = LlamaCppLibrary.MissingReason, SkipWhen = nameof(LlamaCppLibrary.IsMissing), SkipType = typeof(LlamaCppLibrary))]
    public void Run_NoGgufFile_IsSaid()
    {
        using var folder = new ScratchFolder();
        string file = folder.Write("wrong.gguf", "no model"u8.ToArray());

        var fault = Assert.Throws<ModelException>(() => new LlamaCppQuantizer(LlamaCppLibrary.Folder).Run(file, folder.At("out.gguf"), QuantizedType.Q6K));

        Assert.Contains("could not quantize", fault.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(folder.At("out.gguf")));
    }

    [Fact]
    public void Create_FolderWithoutTheLibrary_IsRefused()
    {
        using var folder = new ScratchFolder();

        Assert.Contains("llama.cpp's shared library", Assert.Throws<UsageException>(() => new LlamaCppQuantizer(folder.Path)).Message, StringComparison.Ordinal);
    }
}
