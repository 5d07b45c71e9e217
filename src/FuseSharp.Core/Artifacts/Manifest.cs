using System.Text.Json;
using FuseSharp.Core.Errors;

namespace FuseSharp.Core.Artifacts;

/// <summary>What a stage's folder was made from, <c>manifest.json</c>; written last, so that a folder with a manifest is complete.</summary>
/// <param name="Stage">The stage's name, such as <c>represent</c>.</param>
/// <param name="FormatVersion">Version of the folder's format.</param>
/// <param name="ToolVersion">Version of FuseSharp that wrote it.</param>
/// <param name="Key">Hexadecimal SHA-256 over stage, format, options and inputs: equal keys mean equal contents.</param>
/// <param name="Options">The options that decide the contents.</param>
/// <param name="Inputs">Name and key or fingerprint of every input.</param>
/// <param name="Figures">Counts and measurements a person wants to see: documents, tokens, coverage, seconds.</param>
public sealed record Manifest(
    string Stage, int FormatVersion, string ToolVersion, string Key, JsonElement Options, IReadOnlyDictionary<string, string> Inputs, IReadOnlyDictionary<string, double> Figures)
{
    /// <summary>Its name in a stage's folder.</summary>
    public const string FileName = "manifest.json";

    /// <summary>Reads a folder's manifest.</summary>
    /// <exception cref="ArtifactException">There is none, or it is damaged.</exception>
    public static Manifest Read(string folder)
    {
        string path = Path.Combine(folder, FileName);
        if (!File.Exists(path))
        {
            throw new ArtifactException($"'{folder}' is not the finished output of a stage: it has no {FileName}. Run the stage that makes it.");
        }

        try
        {
            return JsonSerializer.Deserialize<Manifest>(File.ReadAllText(path), ArtifactJson.Options)
                ?? throw new ArtifactException($"'{path}' is empty. Delete the folder and run its stage again.");
        }
        catch (JsonException fault)
        {
            throw new ArtifactException($"'{path}' is damaged: {fault.Message} Delete the folder and run its stage again.", fault);
        }
    }
}
