using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using FuseSharp.Errors;
using FuseSharp.Files;
using FuseSharp.Tokenizers;

namespace FuseSharp.Fusion.Records;

/// <summary>A vocabulary map as JSON: token strings, so that people can read it and the FuseLLM reference's files can be used.</summary>
/// <remarks>
/// The reference's file is one object, marker-replaced source token → target token. This project's own holds that object as <c>map</c> beside the
/// fingerprints of the two tokenizers, against which it is checked when it is read; the reference's is checked by its tokens.
/// </remarks>
public static class VocabularyMapFile
{
    /// <summary>Its name in the map stage's folder.</summary>
    public const string Name = "map.json";

    // 300,000 tokens of 1,000 bytes: more is no map.
    private const long LargestFile = 300L << 20;

    private static readonly JsonWriterOptions _style = new() { Indented = true, IndentSize = 0, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes a map; the file appears under its name when it is complete.</summary>
    /// <param name="path">The file.</param>
    /// <param name="map">The map.</param>
    /// <param name="target">The target's tokenizer.</param>
    /// <param name="source">The source's tokenizer.</param>
    /// <param name="asReference">Whether it gets the reference's shape, without fingerprints.</param>
    public static void Write(string path, VocabularyMap map, ITokenizer target, ITokenizer source, bool asReference)
        => WriteObject(path, json =>
        {
            if (!asReference)
            {
                json.WriteString("target_fingerprint", map.TargetFingerprint);
                json.WriteString("source_fingerprint", map.SourceFingerprint);
                json.WriteStartObject("map");
            }

            // Two tokens can become the same string: as in a dictionary, it stands once.
            var written = new HashSet<string>(StringComparer.Ordinal);
            for (int id = 0; id < map.Targets.Length; id++)
            {
                string token = WordMarker.Replace(source.Vocabulary[id], source.Family, target.Family);
                if (written.Add(token))
                {
                    json.WriteString(token, target.Vocabulary[map.Targets[id]]);
                }
            }

            if (!asReference)
            {
                json.WriteEndObject();
            }
        });

    /// <summary>Writes which tokens two maps send to different targets, in the reference's shape.</summary>
    /// <param name="path">The file.</param>
    /// <param name="plain">The default map.</param>
    /// <param name="refined">The map by co-occurrence.</param>
    /// <param name="target">The target's tokenizer.</param>
    /// <param name="source">The source's tokenizer.</param>
    /// <returns>How many there are.</returns>
    public static int WriteChanges(string path, VocabularyMap plain, VocabularyMap refined, ITokenizer target, ITokenizer source)
    {
        int[] changed = [.. Enumerable.Range(0, plain.Targets.Length).Where(id => plain.Targets[id] != refined.Targets[id])
            .DistinctBy(id => WordMarker.Replace(source.Vocabulary[id], source.Family, target.Family))];
        WriteObject(path, json =>
        {
            foreach (int id in changed)
            {
                json.WriteStartObject(WordMarker.Replace(source.Vocabulary[id], source.Family, target.Family));
                json.WriteString("co-occurrence", target.Vocabulary[refined.Targets[id]]);
                json.WriteString("default", target.Vocabulary[plain.Targets[id]]);
                json.WriteEndObject();
            }
        });
        return changed.Length;
    }

    /// <summary>Reads a map of either shape.</summary>
    /// <param name="path">The file, or a map stage's folder.</param>
    /// <param name="target">The target's tokenizer.</param>
    /// <param name="source">The source's tokenizer.</param>
    /// <exception cref="ArtifactException">It is missing, damaged, or was made for another pair of tokenizers.</exception>
    public static VocabularyMap Read(string path, ITokenizer target, ITokenizer source)
    {
        path = Directory.Exists(path) ? Path.Combine(path, Name) : path;
        if (!File.Exists(path))
        {
            throw new ArtifactException($"There is no vocabulary map at '{path}'. Run 'map' for this source.");
        }

        if (BoundedFile.LengthOf(path) > LargestFile)
        {
            throw new ArtifactException($"'{path}' has {BoundedFile.LengthOf(path).ToString("N0", CultureInfo.InvariantCulture)} bytes, more than any vocabulary map. Name the output of 'map'.");
        }

        try
        {
            using var stream = File.OpenRead(path);
            using var json = JsonDocument.Parse(stream);
            return new(Targets(path, Entries(path, json.RootElement, target, source), target, source), target.Fingerprint, source.Fingerprint);
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            throw new ArtifactException($"'{path}' is not a vocabulary map: {fault.Message} Run 'map' again for this source.", fault);
        }
    }

    private static JsonElement Entries(string path, JsonElement root, ITokenizer target, ITokenizer source)
    {
        if (!root.TryGetProperty("map", out var map) || map.ValueKind != JsonValueKind.Object)
        {
            return root;
        }

        Check("target", "target_fingerprint", target);
        Check("source", "source_fingerprint", source);
        return map;

        void Check(string role, string name, ITokenizer tokenizer)
        {
            string made = root.TryGetProperty(name, out var value) ? value.GetString() ?? "" : "without a fingerprint";
            if (made != tokenizer.Fingerprint)
            {
                throw new ArtifactException($"'{path}' was made for a {role} tokenizer {Short(made)}, this one is {Short(tokenizer.Fingerprint)}. Run 'map' for this pair of models.");
            }
        }
    }

    private static int[] Targets(string path, JsonElement entries, ITokenizer target, ITokenizer source)
    {
        var names = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var entry in entries.EnumerateObject())
        {
            if (!names.TryAdd(entry.Name, entry.Value.GetString() ?? ""))
            {
                throw new JsonException($"it maps '{entry.Name}' twice.");
            }
        }

        var ids = new Dictionary<string, int>(StringComparer.Ordinal);
        for (int id = 0; id < target.Vocabulary.Count; id++)
        {
            ids[target.Vocabulary[id]] = id;
        }

        int[] targets = new int[source.Vocabulary.Count];
        for (int id = 0; id < targets.Length; id++)
        {
            string token = WordMarker.Replace(source.Vocabulary[id], source.Family, target.Family);
            if (!names.TryGetValue(token, out string? name) || !ids.TryGetValue(name, out targets[id]))
            {
                throw new ArtifactException(name is null
                    ? $"'{path}' does not map the source's token '{token}' (id {id.ToString(CultureInfo.InvariantCulture)}): it was made for another tokenizer. Run 'map' for this pair of models."
                    : $"'{path}' maps '{token}' to '{name}', which the target's vocabulary lacks: it was made for another tokenizer. Run 'map' for this pair of models.");
            }
        }

        return targets;
    }

    private static void WriteObject(string path, Action<Utf8JsonWriter> write)
    {
        using (var stream = File.Create(path + Durable.PartialSuffix))
        {
            using (var json = new Utf8JsonWriter(stream, _style))
            {
                json.WriteStartObject();
                write(json);
                json.WriteEndObject();
            }

            stream.Flush(flushToDisk: true);
        }

        Durable.Publish(path);
    }

    private static string Short(string fingerprint) => fingerprint.Length > 12 ? fingerprint[..12] : fingerprint;
}
