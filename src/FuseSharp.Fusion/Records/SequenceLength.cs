using System.Text.Json;
using FuseSharp.Errors;
using FuseSharp.Storage.Artifacts;

namespace FuseSharp.Fusion.Records;

/// <summary>The longest sequence that a stage's output was made for.</summary>
public static class SequenceLength
{
    private const string Key = "max_length";

    /// <summary>Reads it from a manifest.</summary>
    /// <param name="folder">Output of split or represent.</param>
    /// <returns>Tokens.</returns>
    /// <exception cref="ArtifactException">The folder is neither's.</exception>
    public static int Read(string folder)
    {
        var options = Manifest.Read(folder).Options;
        options = options.TryGetProperty("options", out var inner) ? inner : options;
        return options.TryGetProperty(Key, out var length) && length.ValueKind == JsonValueKind.Number && length.TryGetInt32(out int tokens) ? tokens
            : throw new ArtifactException($"'{folder}' does not say for what length it was made. Expected the output of split or represent.");
    }
}
