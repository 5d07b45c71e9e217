using FuseSharp.Errors;
using FuseSharp.Models.Checkpoints;
using FuseSharp.Models.Configuration;
using FuseSharp.Progress;
using FuseSharp.Tokenizers.Chat;
using FuseSharp.Tokenizers.Files;
using FuseSharp.Tokenizers.Gguf;
using static TorchSharp.torch;

namespace FuseSharp.Models.Export;

/// <summary>Writes a model as a GGUF file for llama.cpp, Ollama and their kin: weights, shape, tokenizer and chat template in one file.</summary>
/// <remarks>
/// Tensor by tensor: memory for one of them. Llama, Mistral, Mixtral, Qwen2, GPT-2, GPT-NeoX and MPT. Matrices are stored as the type says; vectors, learned positions and
/// routers to experts in float32, as llama.cpp's own converter does it, and in Q8_0 files matrices whose rows no blocks of 32 fill in float16.
/// </remarks>
/// <param name="progress">Gets tensors.</param>
/// <param name="cancellation">Ends it between two tensors; the file is then not there.</param>
public sealed class ExportStage(IProgressReporter progress, CancellationToken cancellation)
{
    /// <summary>Writes the file.</summary>
    /// <param name="model">A Hugging Face folder or a GGUF file.</param>
    /// <param name="output">The file; replaced when the new one is complete.</param>
    /// <param name="type">How matrices are stored.</param>
    /// <param name="name">What the file calls the model.</param>
    /// <param name="card">What a folder's model card says of license and origin; null for nothing.</param>
    /// <exception cref="ModelException">A part is missing or damaged, or llama.cpp has no such architecture or tokenizer.</exception>
    public void Run(string model, string output, ExportType type, string name, CardMatter? card = null)
    {
        var config = ModelConfig.Read(model);
        var names = ExportNames.For(config);
        var writer = new GgufWriter().Text("general.architecture", names.Architecture).Text("general.type", "model").Text("general.name", name)
            .Number("general.file_type", type switch { ExportType.F32 => 0, ExportType.F16 => 1, ExportType.Q8 => 7, _ => 32 }).Number("general.quantization_version", 2);
        ExportOrigin.Add(writer, model, card);
        new ExportMetadata(config, names.Architecture, writer).Add();
        new GgufTokenizerMetadata(model).Add(writer, config.VocabularySize, ChatTemplate.Find(model)?.Source, config.EndIds);

        var sources = WeightFiles.OpenAll(model);
        try
        {
            var tensors = ExportedTensors.List(config, names, sources, type);
            var entries = tensors.Select(t => (t.Name, t.Shape, t.Type)).ToList();
            var divisors = RotaryDivisors.Tensors(config);
            entries.AddRange(divisors.Select(d => (d.Name, (IReadOnlyList<long>)[d.Numbers.Length], GgufType.F32)));

            writer.Text("general.size_label", ExportOrigin.SizeLabel(entries.Select(e => (e.Name, e.Shape))));
            using var bar = progress.Start($"export {name}", entries.Count, "tensors");
            writer.Write(output, entries, (i, stream) =>
            {
                cancellation.ThrowIfCancellationRequested();
                if (i < tensors.Count)
                {
                    WriteNumbers(config, tensors[i], stream);
                }
                else
                {
                    WriteNumbers(divisors[i - tensors.Count].Numbers, GgufType.F32, stream);
                }

                bar.Advance(1);
            });
            bar.Complete();
        }
        finally
        {
            sources.ForEach(s => s.Dispose());
        }
    }

    private static void WriteNumbers(ModelConfig config, ExportedTensor tensor, Stream stream)
    {
        using var noGradient = no_grad();
        foreach (var (source, name) in tensor.Parts)
        {
            using var scope = NewDisposeScope();
            var numbers = empty([.. source.ShapeOf(name)], ScalarType.Float32);
            source.CopyTo(name, numbers);
            foreach (var (piece, _) in TensorChunks.Cut(RowLayout.Arrange(config, numbers, tensor.Order).contiguous()))
            {
                WriteNumbers(piece.data<float>().ToArray(), tensor.Type, stream);
            }
        }
    }

    private static void WriteNumbers(ReadOnlySpan<float> numbers, GgufType type, Stream stream)
    {
        var (elements, size) = GgufBlocks.SizeOf(type);
        byte[] bytes = new byte[numbers.Length / elements * size];
        GgufEncoder.Encode(type, numbers, bytes);
        stream.Write(bytes);
    }
}
