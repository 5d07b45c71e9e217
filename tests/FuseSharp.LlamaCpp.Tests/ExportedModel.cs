using System.Text.Json.Nodes;
using FuseSharp.Core.Progress;
using FuseSharp.Core.Tokenizers;
using FuseSharp.Testing;
using FuseSharp.Torch.Export;

namespace FuseSharp.LlamaCpp.Tests;

/// <summary>A model's folder and the GGUF file that the export made of it.</summary>
internal sealed class ExportedModel : IDisposable
{
    private readonly ScratchFolder _scratch;

    private ExportedModel(ScratchFolder scratch, string folder, ExportType type)
    {
        _scratch = scratch;
        Folder = folder;
        File = scratch.At("out.gguf");
        new ExportStage(SilentProgress.Instance, CancellationToken.None).Run(folder, File, type, "test");
    }

    /// <summary>What was exported.</summary>
    public string Folder { get; }

    /// <summary>The GGUF file.</summary>
    public string File { get; }

    /// <summary>Exports a folder or a GGUF file as it is.</summary>
    public static ExportedModel Of(string model, ExportType type) => new(new ScratchFolder(), model, type);

    /// <summary>Exports a golden model, which has no tokenizer, with one of bytes.</summary>
    /// <param name="name">Folder below <c>../shared/golden/models</c>.</param>
    /// <param name="type">How matrices are stored.</param>
    /// <param name="settings">Keys of config.json that get another value, as JSON; null for none.</param>
    public static ExportedModel OfGolden(string name, ExportType type, string? settings = null)
    {
        var scratch = new ScratchFolder();
        string folder = Directory.CreateDirectory(scratch.At("model")).FullName;
        foreach (string file in new[] { "config.json", "model.safetensors" })
        {
            System.IO.File.Copy(SharedData.Path("golden", "models", name, file), Path.Combine(folder, file));
        }

        if (settings is not null)
        {
            string path = Path.Combine(folder, "config.json");
            var config = JsonNode.Parse(System.IO.File.ReadAllText(path))!.AsObject();
            foreach (var (key, value) in JsonNode.Parse(settings)!.AsObject())
            {
                config[key] = value?.DeepClone();
            }

            System.IO.File.WriteAllText(path, config.ToJsonString());
        }

        TokenizerFolder.Save(TokenizerTrainer.Train(["ab"], new TokenizerTrainOptions { Family = TokenizerFamily.ByteLevel, VocabularySize = 257 }), folder);
        return new ExportedModel(scratch, folder, type);
    }

    /// <inheritdoc/>
    public void Dispose() => _scratch.Dispose();
}
