using System.Text.Json;

namespace FuseSharp.Storage.Artifacts;

/// <summary>One difference between a finished output and what would be made now.</summary>
/// <param name="Name">Of the option, as recipes call it, or of the input.</param>
/// <param name="Text">For people: <c>train.epochs 1 → 2</c>, <c>packed changed</c>.</param>
/// <param name="IsInput">Whether it is an input, not an option.</param>
public sealed record KeyChange(string Name, string Text, bool IsInput)
{
    private const int LongestValue = 40;

    // What a stage's key calls otherwise than the recipe does: options of other sections, and groups of options.
    private static readonly Dictionary<string, string> _names = new(StringComparer.Ordinal)
    {
        ["compression"] = "store.compression",
        ["max_length"] = "split.max_length",
        ["block_length"] = "split.max_length",
        ["precision"] = "represent.precision",
        ["dtype"] = "represent.precision",
        ["settings"] = "align.settings",
        ["map.variant"] = "align.map",
        ["samples.prompts"] = "generate.prompt",
        ["samples"] = "generate",
        ["teaching"] = "train",
        ["ensemble"] = "evaluate",
        ["tasks"] = "evaluate",
        ["judge.model"] = "evaluate.judge.model",
        ["pretrain.block_length"] = "block_length",
        ["pretrain.precision"] = "precision",
        ["pretrain"] = "train",
        ["merge"] = "",
    };

    /// <summary>All differences, options first.</summary>
    /// <param name="manifest">Of what is there.</param>
    /// <param name="key">What would be made now.</param>
    internal static IReadOnlyList<KeyChange> Between(Manifest manifest, StageKey key)
    {
        if (manifest.FormatVersion != key.FormatVersion || manifest.Stage != key.Stage)
        {
            return [new("version", "another version of fusesharp made it", IsInput: false)];
        }

        var (before, now) = (Leaves(manifest.Options), Leaves(key.Options));
        return
        [
            .. now.Keys.Union(before.Keys).Where(n => before.GetValueOrDefault(n) != now.GetValueOrDefault(n)).Select(n => (Own: n, Name: NameOf(key.Stage, n)))
                .Select(n => new KeyChange(n.Name, $"{n.Name} {Shown(before.GetValueOrDefault(n.Own))} → {Shown(now.GetValueOrDefault(n.Own))}", IsInput: false)),
            .. key.Inputs.Keys.Union(manifest.Inputs.Keys).Where(n => manifest.Inputs.GetValueOrDefault(n) != key.Inputs.GetValueOrDefault(n)).Order(StringComparer.Ordinal)
                .Select(n => new KeyChange(n, $"{n} {(!manifest.Inputs.ContainsKey(n) ? "added" : key.Inputs.ContainsKey(n) ? "changed" : "removed")}", IsInput: true)),
        ];
    }

    private static string NameOf(string stage, string path)
    {
        string name = path.StartsWith("options.", StringComparison.Ordinal) ? path["options.".Length..] : path;
        if (_names.TryGetValue($"{stage}.{name}", out string? known) || (name == path && stage is not ("merge" or "pretrain") && _names.TryGetValue(name, out known)))
        {
            return known;
        }

        string section = _names.GetValueOrDefault(stage, stage);
        return section.Length == 0 ? name : $"{section}.{name}";
    }

    private static string Shown(string? value) => value is null ? "–" : value.Length > LongestValue ? value[..(LongestValue - 1)] + "…" : value;

    // The values of an options record by their paths; lists of values are one.
    private static Dictionary<string, string> Leaves(JsonElement options)
    {
        var leaves = new Dictionary<string, string>(StringComparer.Ordinal);
        Add("", options);
        return leaves;

        void Add(string path, JsonElement value)
        {
            if (value.ValueKind == JsonValueKind.Object)
            {
                foreach (var property in value.EnumerateObject())
                {
                    Add(path.Length == 0 ? property.Name : $"{path}.{property.Name}", property.Value);
                }
            }
            else if (value.ValueKind == JsonValueKind.Array && value.EnumerateArray().Any(v => v.ValueKind == JsonValueKind.Object))
            {
                int place = 0;
                foreach (var item in value.EnumerateArray())
                {
                    Add(FormattableString.Invariant($"{path}[{place++}]"), item);
                }
            }
            else if (value.ValueKind != JsonValueKind.Null)
            {
                leaves[path] = value.ValueKind == JsonValueKind.String ? value.GetString()! : JsonSerializer.Serialize(value, ArtifactJson.Line);
            }
        }
    }
}
