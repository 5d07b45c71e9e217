using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using FuseSharp.Errors;
using FuseSharp.Json;

namespace FuseSharp.Models.Adapters;

/// <summary>Numbers of some maps, by patterns of their names: <c>rank_pattern</c> and <c>alpha_pattern</c>. The first pattern in the file that fits counts.</summary>
/// <remarks>PEFT matches a key as the end of a map's name, whole parts of it, and reads it as a regular expression.</remarks>
internal sealed class NamePatterns
{
    private readonly List<(Regex Name, double Value)> _patterns = [];

    private NamePatterns()
    {
    }

    /// <summary>Reads a key's value.</summary>
    /// <param name="json">Null for none.</param>
    /// <param name="key">The key, for messages.</param>
    /// <param name="file">The file, for messages.</param>
    /// <param name="isWhole">Whether the numbers must be whole.</param>
    /// <exception cref="ModelException">A pattern is no regular expression that is supported, or a number does not fit.</exception>
    public static NamePatterns Read(JsonObject? json, string key, string file, bool isWhole)
    {
        var patterns = new NamePatterns();
        foreach (var (name, node) in json ?? [])
        {
            try
            {
                double number = node is JsonValue value && value.TryGetValue(out double found) && found > 0 && (!isWhole || found == Math.Floor(found)) ? found
                    : throw new ModelException($"'{file}' has in '{key}' {JsonFile.Shown(node)} for '{name}', expected a {(isWhole ? "whole " : "")}number above 0. Correct the file.");
                patterns._patterns.Add((new Regex($@"^(?:.*\.)?(?:{name})$", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking), number));
            }
            catch (Exception fault) when (fault is ArgumentException or NotSupportedException)
            {
                throw new ModelException($"'{file}' has in '{key}' the pattern '{name}', which is not a supported regular expression: {fault.Message} Correct the file.", fault);
            }
        }

        return patterns;
    }

    /// <summary>The number of a map; null where no pattern fits.</summary>
    /// <param name="map">Its name, such as <c>model.layers.0.self_attn.q_proj</c>.</param>
    public double? Find(string map)
    {
        foreach (var (name, value) in _patterns)
        {
            if (name.IsMatch(map))
            {
                return value;
            }
        }

        return null;
    }
}
