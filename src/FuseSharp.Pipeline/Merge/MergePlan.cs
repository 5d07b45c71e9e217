using System.Text.Json.Nodes;
using FuseSharp.Errors;
using FuseSharp.Models.Configuration;
using FuseSharp.Pipeline.Merge.Configuration;

namespace FuseSharp.Pipeline.Merge;

/// <summary>Which tensors a merge's result has and what each is made of.</summary>
internal static class MergePlan
{
    /// <summary>All tensors, in ordinal order of their names.</summary>
    /// <param name="options">What is merged.</param>
    /// <param name="namesOf">Names of a model's tensors.</param>
    /// <exception cref="UsageException">A slice asks for layers that a model does not have.</exception>
    public static IReadOnlyList<MergedTensor> TensorsOf(MergeOptions options, Func<string, IReadOnlyList<string>> namesOf)
    {
        var tensors = new List<MergedTensor>();
        int offset = 0;
        foreach (var (slice, part) in options.Parts.Select((s, i) => (s, i)))
        {
            var first = slice.Sources[0];
            var layers = namesOf(first.Model).Select(LayerName.Parse).OfType<LayerName>().ToList();
            var (start, count) = RangeOf(first, layers);
            foreach (var layer in layers.Where(l => l.Layer >= start && l.Layer < start + count))
            {
                int at = layer.Layer - start;
                tensors.Add(Tensor(options, slice, part, layer.In(offset + at), s => layer.In((s.LayerRange is [var from, _] ? from : 0) + at), count > 1 ? (double)at / (count - 1) : 0));
            }

            foreach (var source in slice.Sources)
            {
                CheckRange(source, namesOf);
            }

            offset += count;
        }

        foreach (var (part, isBefore) in new[] { (0, true), (options.Parts.Count - 1, false) })
        {
            var slice = options.Parts[part];
            tensors.AddRange(namesOf(slice.Sources[0].Model).Where(n => LayerName.Parse(n) is null && LayerName.IsBeforeLayers(n) == isBefore)
                .Select(n => Tensor(options, slice, part, n, _ => n, t: 0)));
        }

        return [.. tensors.OrderBy(t => t.Name, StringComparer.Ordinal)];
    }

    /// <summary>The result's config: the first model's or base's, with as many layers as the slices have together.</summary>
    /// <param name="options">What is merged.</param>
    /// <param name="config">Of the base or first model.</param>
    /// <exception cref="FuseSharpException">Its layers are not told by a single number.</exception>
    public static ModelConfig ConfigOf(MergeOptions options, ModelConfig config)
    {
        if (options.Slices.Count == 0)
        {
            return config;
        }

        string key = config.LayerKey;
        int before = config.LayerCount(key);
        int after = options.Slices.Sum(s => s.Sources[0].LayerRange[1] - s.Sources[0].LayerRange[0]);
        var json = (JsonObject)config.Json.DeepClone();
        json[key] = after;

        // A list with an entry for each layer goes with the layers.
        foreach (string list in json.Where(p => p.Value is JsonArray all && all.Count == before && before > 1 && p.Key.Contains("layer", StringComparison.Ordinal)).Select(p => p.Key).ToArray())
        {
            var ofModels = options.Slices.SelectMany(s => Enumerable.Range(s.Sources[0].LayerRange[0], s.Sources[0].LayerRange[1] - s.Sources[0].LayerRange[0])
                .Select(l => (ModelConfig.Read(s.Sources[0].Model).Json[list] as JsonArray)?[l]?.DeepClone()));
            json[list] = new JsonArray([.. ofModels]);
        }

        return config.With(json);
    }

    private static MergedTensor Tensor(MergeOptions options, MergeSlice slice, int part, string name, Func<MergeSource, string> nameIn, double t)
    {
        (string, string)? root = options.Base is not { } model ? null
            : (model, slice.Sources.FirstOrDefault(s => s.Model == model) is { } source ? nameIn(source) : name);
        return new(name, [.. options.Others(slice).Select(s => (s.Model, nameIn(s)))], root, part, t);
    }

    private static (int Start, int Count) RangeOf(MergeSource source, List<LayerName> layers)
        => source.LayerRange is [var start, var end] ? (start, end - start) : (0, layers.Select(l => l.Layer + 1).DefaultIfEmpty(0).Max());

    private static void CheckRange(MergeSource source, Func<string, IReadOnlyList<string>> namesOf)
    {
        int has = namesOf(source.Model).Select(LayerName.Parse).OfType<LayerName>().Select(l => l.Layer + 1).DefaultIfEmpty(0).Max();
        if (source.LayerRange is [var start, var end] && end > has)
        {
            throw new UsageException(FormattableString.Invariant($"layer_range is [{start}, {end}] of '{source.Model}', which has {has} layers. Choose layers that it has."));
        }
    }
}
