using System.ComponentModel.DataAnnotations;
using FuseSharp.Errors;
using FuseSharp.Files;
using FuseSharp.Options;
using FuseSharp.Storage.Yaml;
using YamlDotNet.RepresentationModel;

namespace FuseSharp.Pipeline.Merge.Configuration;

/// <summary>A merge, with the keys of mergekit's configuration files.</summary>
[ForeignKey("tokenizer", isHarmless: false, "all models must have one tokenizer, which the result gets. Remove the key, or merge with mergekit.")]
[ForeignKey("modules", isHarmless: false, "models of text alone are merged here. Merge with mergekit.")]
public sealed record MergeOptions : ICheckedOptions
{
    private const long LargestFile = 1 << 20;
    private const double SmallestSum = 1e-8; // of weights that are divided by

    /// <summary>How.</summary>
    [Required] public MergeMethod MergeMethod { get; init; }

    /// <summary>Whole models that are merged, in this order; none with <see cref="Slices"/>.</summary>
    public IReadOnlyList<MergedModel> Models { get; init; } = [];

    /// <summary>The result's layers from the first to the last, each slice made of some layers of some models; none with <see cref="Models"/>. What is no layer is merged with the numbers
    /// and models of the first slice where it comes before the layers, of the last where it comes after.</summary>
    public IReadOnlyList<MergeSlice> Slices { get; init; } = [];

    /// <summary>The model that the others were tuned from; not used by linear, karcher and passthrough.</summary>
    public string? BaseModel { get; init; }

    /// <summary>Numbers for all models.</summary>
    public MergeParameters Parameters { get; init; } = new();

    /// <summary>Type of the stored result: float32, float16 or bfloat16; where not set, that of the first model read. Sums are always float32.</summary>
    public string? Dtype { get; init; }

    /// <summary>Type of the stored result, as <see cref="Dtype"/>: mergekit's name where sums have another type. Goes before <see cref="Dtype"/>.</summary>
    public string? OutDtype { get; init; }

    /// <summary>Whose tokenizer the result gets; only "base", which it gets anyway: all models have the same.</summary>
    public string? TokenizerSource { get; init; }

    /// <summary>Chat template of the result; only "auto", the one of the tokenizer that it gets.</summary>
    public string? ChatTemplate { get; init; }

    /// <summary>Parameters that are set and that the method does not read, as files name them; mergekit passes them over.</summary>
    public IReadOnlyList<string> UnreadParameters()
        => [.. typeof(MergeParameters).GetProperties().Where(p => AllParameters.Any(a => p.GetValue(a) is not null)).Select(p => OptionRange.KeyOf(p.Name)).Except(MergeModels.Reads(MergeMethod))];

    /// <summary>Filters of numbers that fit none of some tensors: as a rule a name that was written wrongly.</summary>
    /// <param name="tensors">The names of all tensors.</param>
    internal IReadOnlyList<string> FiltersWithout(IReadOnlyCollection<string> tensors)
        => [.. typeof(MergeParameters).GetProperties().SelectMany(p => AllParameters.Select(p.GetValue)).OfType<LayerValues>().SelectMany(v => v.Conditions).Select(c => c.Filter).OfType<string>().Distinct()
            .Where(f => !tensors.Any(t => LayerValues.Fits(f, t)))];

    /// <summary>Reads a file; paths in it are relative to its folder.</summary>
    /// <exception cref="UsageException">It is missing or has faults, a line each.</exception>
    public static MergeOptions Read(string path)
    {
        string folder = FolderOf(path);
        var options = AsWritten(path);
        if (options.Names.FirstOrDefault(m => m.Contains('+', StringComparison.Ordinal) && !Path.Exists(Path.GetFullPath(m, folder))) is { } together)
        {
            throw new UsageException($"'{path}' names '{together}', a model with an adapter, which mergekit puts together and this program does not. Merge the adapter into its model first: fusesharp merge ADAPTER --output MODEL; then name that.");
        }

        return options with
        {
            BaseModel = options.BaseModel is { } name ? HubCache.ResolveFrom(name, folder) : null,
            Models = [.. options.Models.Select(m => m with { Model = HubCache.ResolveFrom(m.Model, folder) })],
            Slices = [.. options.Slices.Select(s => s with { Sources = [.. s.Sources.Select(m => m with { Model = HubCache.ResolveFrom(m.Model, folder) })] })],
        };
    }

    /// <summary>The models that a file names: the path of one that is there, otherwise as it is written, a name on the Hub or a fault.</summary>
    /// <exception cref="UsageException">It is missing or has faults, a line each.</exception>
    public static IReadOnlyList<string> ModelsNamed(string path)
    {
        string folder = FolderOf(path);
        return [.. AsWritten(path).Names.Select(m => Path.GetFullPath(m, folder) is var place && Path.Exists(place) ? place : m).Distinct()];
    }

    // Every name of a model, as it stands.
    private IEnumerable<string> Names => Models.Select(m => m.Model).Concat(Slices.SelectMany(s => s.Sources).Select(s => s.Model)).Append(BaseModel).OfType<string>();

    private static string FolderOf(string path) => Path.GetDirectoryName(Path.GetFullPath(path))!;

    private static MergeOptions AsWritten(string path)
    {
        string yaml = (File.Exists(path) ? BoundedFile.ReadText(path, LargestFile) : null)
            ?? throw new UsageException($"There is no merge configuration at '{path}'. Name a YAML file of at most 1 MB.");
        var root = YamlRecord.Root(yaml, path, "merge_method and models");
        Flatten(root, "base_model");
        foreach (var model in Entries(root, "models").Concat(Entries(root, "slices").SelectMany(s => Entries(s, "sources"))))
        {
            Flatten(model, "model");
        }

        return Normal(YamlRecord.Bind<MergeOptions>(root, path));
    }

    private static IEnumerable<YamlMappingNode> Entries(YamlMappingNode owner, string key)
        => owner.Children.TryGetValue(new YamlScalarNode(key), out var node) && node is YamlSequenceNode list ? list.OfType<YamlMappingNode>() : [];

    // mergekit also writes a model as { model: { path: … } }; other parts of such a mapping are left for the binder to refuse.
    private static void Flatten(YamlMappingNode owner, string key)
    {
        var name = new YamlScalarNode(key);
        _ = owner.Children.TryGetValue(name, out var node);
        while (node is YamlMappingNode { Children: { Count: 1 } only } && only.Keys.Single() is YamlScalarNode { Value: "model" or "path" })
        {
            node = only.Values.Single();
        }

        if (node is YamlScalarNode)
        {
            owner.Children[name] = node;
        }
    }

    // What mergekit names otherwise becomes what it means here; nothing of it may change a merge's key.
    private static MergeOptions Normal(MergeOptions options)
        => (options.TokenizerSource ?? "base") != "base" ? throw new UsageException($"'tokenizer_source' is '{options.TokenizerSource}', expected base: all models must have one tokenizer, which the result gets. Remove the key, or merge with mergekit.")
            : (options.ChatTemplate ?? "auto") != "auto" ? throw new UsageException($"'chat_template' is '{options.ChatTemplate}', expected auto: the result gets the template of the base or first model. Remove the key.")
            : options with { Dtype = options.OutDtype ?? options.Dtype, OutDtype = null, TokenizerSource = null, ChatTemplate = null };

    /// <summary>All slices: those that are named, or one of whole models, whose sources have no range of layers.</summary>
    internal IReadOnlyList<MergeSlice> Parts
        => Slices.Count > 0 ? Slices : [new MergeSlice { Sources = [.. Models.Select(m => new MergeSource { Model = m.Model, Parameters = m.Parameters })] }];

    /// <summary>The base, where the method reads one.</summary>
    internal string? Base => MergeModels.ReadsBase(MergeMethod) ? BaseModel : null;

    /// <summary>All models, each once: the base, then the others as they are named.</summary>
    internal IReadOnlyList<string> AllModels => [.. new[] { Base }.OfType<string>().Concat(Parts.SelectMany(p => p.Sources).Select(s => s.Model)).Distinct()];

    /// <summary>The sources of a slice that are not the base.</summary>
    internal IReadOnlyList<MergeSource> Others(MergeSlice slice) => [.. slice.Sources.Where(s => s.Model != Base)];

    /// <inheritdoc/>
    public IEnumerable<string> Conflicts(string path) => Conflict() is { } conflict ? [conflict] : [];

    private string? Conflict()
        => Dtype is not (null or "float32" or "float16" or "bfloat16") ? $"dtype is '{Dtype}', expected float32, float16 or bfloat16"
            : Models.Count > 0 && Slices.Count > 0 ? "both models and slices are named, expected one of them"
            : MergeModels.NeedsBase(MergeMethod) && BaseModel is null ? "the method needs base_model"
            : Parts.Select(Conflict).FirstOrDefault(c => c is not null) is { } conflict ? conflict
            : MergeMethod is MergeMethod.Slerp or MergeMethod.Nearswap && Parameters.T is null && (Slices.Count == 0 || !Slices.All(s => s.Parameters.T is not null)) ? $"{OptionRange.KeyOf(MergeMethod.ToString())} needs the parameter t (--t), 0 to 1"
            : AllParameters.Select(ErrorOfNumbers).FirstOrDefault(f => f is not null) is { } odd ? odd
            : AllParameters.Any(p => p.Density?.Numbers.Any(d => d <= 0) == true) ? "a density is 0, which keeps nothing; expected more than 0, at most 1"
            : null;

    private string? Conflict(MergeSlice slice, int index)
    {
        string place = Slices.Count > 0 ? FormattableString.Invariant($"slices[{index}]: ") : "";
        string? conflict = MergeModels.Conflict(MergeMethod, Others(slice).Count)
            ?? (slice.Sources.FirstOrDefault(s => Slices.Count > 0 && (s.LayerRange is not [var first, var end] || first < 0 || end <= first)) is { } odd
                ? $"layer_range is [{string.Join(", ", odd.LayerRange)}], expected the first layer and the one after the last"
            : Slices.Count > 0 && slice.Sources.Select(s => s.LayerRange[1] - s.LayerRange[0]).Distinct().Count() > 1 ? "the sources have ranges of different lengths"
            : Slices.Count > 0 && Base is not null && slice.Sources.All(s => s.Model != Base) ? "base_model is not among the sources"
            : SumsToZero(slice) ? "the weights sum to 0 and cannot be normalized" : null);
        return conflict is null ? null : place + conflict;
    }

    // Numbers that change from tensor to tensor are looked at when their turn comes.
    private bool SumsToZero(MergeSlice slice)
    {
        LayerValues[] weights = [.. slice.Sources.Select(s => s.Parameters.Weight ?? slice.Parameters.Weight ?? Parameters.Weight ?? 1)];
        return MergeMethod == MergeMethod.Linear && (slice.Parameters.Normalize ?? Parameters.Normalize ?? true)
            && Array.TrueForAll(weights, w => w is { Conditions.Count: 0, Gradient.Count: 1 }) && Math.Abs(weights.Sum(w => w.Gradient[0])) < SmallestSum;
    }

    // Numbers that were read from a file have been looked at there, with their place; these may come from anywhere.
    private static string? ErrorOfNumbers(MergeParameters numbers)
        => OptionRange.ErrorsOf(numbers).FirstOrDefault()?.TrimEnd('.');

    private IEnumerable<MergeParameters> AllParameters
        => Parts.SelectMany(p => p.Sources.Select(s => s.Parameters).Prepend(p.Parameters)).Prepend(Parameters);
}
