using FuseSharp.Models.Export;
using FuseSharp.Progress;
using FuseSharp.Testing;

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
    /// <param name="name">Folder below the goldens' <c>models</c>.</param>
    /// <param name="type">How matrices are stored.</param>
    /// <param name="settings">Keys of config.json that get another value, as JSON; null for none.</param>
    public static ExportedModel OfGolden(string name, ExportType type, string? settings = null)
    {
        var scratch = new ScratchFolder();
        return new ExportedModel(scratch, ModelCopy.Make(GoldenSet.Path("models", name), scratch.At("model"), settings), type);
    }

    /// <summary>The same of a further family in float32.</summary>
    /// <param name="name">Folder below the goldens' <c>families</c>.</param>
    /// <param name="settings">As of <see cref="OfGolden"/>.</param>
    public static ExportedModel OfFamily(string name, string? settings = null)
    {
        var scratch = new ScratchFolder();
        return new ExportedModel(scratch, ModelCopy.Make(GoldenSet.Path("families", name), scratch.At("model"), settings), ExportType.F32);
    }

    /// <inheritdoc/>
    public void Dispose() => _scratch.Dispose();
}
