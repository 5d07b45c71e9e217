using System.Runtime.InteropServices;
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

    // Every fourth column matters ten thousand times as much.
    [Fact(Skip = LlamaCppLibrary.MissingReason, SkipWhen = nameof(LlamaCppLibrary.IsMissing), SkipType = typeof(LlamaCppLibrary))]
    public void Run_WithAnImportanceMatrix_RoundsColumnsThatMatterLess()
    {
        using var folder = new ScratchFolder();
        using var exported = ExportedModel.Of(DemoModels.Path("security"), ExportType.F32);
        var matrices = GgufFile.Read(exported.File).Tensors.Where(t => t.Shape.Count == 2 && t.Name.StartsWith("blk.", StringComparison.Ordinal)).ToList();
        float[] Importance(GgufTensor tensor) => [.. Enumerable.Range(0, (int)tensor.Shape[1]).Select(i => i % 4 == 0 ? 100f : 0.01f)];
        new GgufWriter().Text("general.type", "imatrix").Write(
            folder.At("imatrix.gguf"), [.. matrices.SelectMany(t => new (string, IReadOnlyList<long>, GgufType)[] { (t.Name + ".in_sum2", [1, t.Shape[1]], GgufType.F32), (t.Name + ".counts", [1, 1], GgufType.F32) })],
            (i, stream) => stream.Write(MemoryMarshal.AsBytes((i % 2 == 0 ? Importance(matrices[i / 2]) : [1f]).AsSpan())));
        var matrix = ImportanceMatrix.Read(folder.At("imatrix.gguf"));
        var quantizer = new LlamaCppQuantizer(LlamaCppLibrary.Folder);

        quantizer.Run(exported.File, folder.At("plain.gguf"), QuantizedType.Q4KM);
        quantizer.Run(exported.File, folder.At("weighed.gguf"), QuantizedType.Q4KM, matrix);

        double Error(string file) => GgufFile.Read(folder.At(file)).Tensors.Where(t => matrix.Columns.ContainsKey(t.Name))
            .Sum(t => Numbers(t).Zip(Numbers(matrices.Single(m => m.Name == t.Name))).Select((n, i) => matrix.Columns[t.Name][i % t.Shape[1]] * Math.Pow(n.First - n.Second, 2)).Sum());
        double ratio = Error("weighed.gguf") / Error("plain.gguf");
        TestContext.Current.TestOutputHelper!.WriteLine(FormattableString.Invariant($"{ratio:f3}"));
        Assert.InRange(ratio, 0, 0.8);
    }

    [Fact(Skip = LlamaCppLibrary.MissingReason, SkipWhen = nameof(LlamaCppLibrary.IsMissing), SkipType = typeof(LlamaCppLibrary))]
    public void Run_TheImportanceMatrixOfAnotherModel_IsRefused()
    {
        using var folder = new ScratchFolder();
        using var exported = ExportedModel.Of(DemoModels.Path("security"), ExportType.F32);
        var quantizer = new LlamaCppQuantizer(LlamaCppLibrary.Folder);
        string Message(string name, int columns)
            => Assert.Throws<ModelException>(() => quantizer.Run(exported.File, folder.At("out.gguf"), QuantizedType.Q6K, new ImportanceMatrix("m.dat", new Dictionary<string, float[]> { [name] = new float[columns] }))).Message;

        Assert.Contains("'m.dat' names no matrix of this model, but 'blk.9999.attn_q.weight' and others.", Message("blk.9999.attn_q.weight", 3), StringComparison.Ordinal);
        Assert.Contains("'m.dat' has 3 columns for 'blk.0.attn_q.weight', this model has ", Message("blk.0.attn_q.weight", 3), StringComparison.Ordinal);
        Assert.False(File.Exists(folder.At("out.gguf")));
    }

    private static float[] Numbers(GgufTensor tensor)
    {
        using var file = File.OpenRead(tensor.Path);
        file.Position = tensor.Start;
        byte[] bytes = new byte[tensor.ByteCount];
        file.ReadExactly(bytes);
        float[] numbers = new float[tensor.ElementCount];
        GgufBlocks.Decode(tensor.Type, bytes, numbers);
        return numbers;
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
