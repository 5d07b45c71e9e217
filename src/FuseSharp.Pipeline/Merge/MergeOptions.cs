using System.ComponentModel.DataAnnotations;
using FuseSharp.Errors;
using FuseSharp.Files;
using FuseSharp.Options;
using FuseSharp.Storage.Yaml;
using YamlDotNet.RepresentationModel;

namespace FuseSharp.Pipeline.Merge;

/// <summary>A merge, with the keys of mergekit's configuration files.</summary>
[ForeignKey("slices", isHarmless: false, "whole models are merged here, all layers with the same numbers. List them under 'models', or merge with mergekit.")]
[ForeignKey("tokenizer", isHarmless: false, "all models must have one tokenizer, which the result gets. Remove the key, or merge with mergekit.")]
[ForeignKey("modules", isHarmless: false, "models of text alone are merged here. Merge with mergekit.")]
public sealed record MergeOptions : ICheckedOptions
{
    private const long LargestFile = 1 << 20;

    /// <summary>How.</summary>
    [Required] public MergeMethod MergeMethod { get; init; }

    /// <summary>What is merged, in this order.</summary>
    [Required] public IReadOnlyList<MergedModel> Models { get; init; } = [];

    /// <summary>The model that the others were tuned from; not used by linear.</summary>
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

    /// <summary>Reads a file; paths in it are relative to its folder.</summary>
    /// <exception cref="UsageException">It is missing or has faults, a line each.</exception>
    public static MergeOptions Read(string path)
    {
        string yaml = (File.Exists(path) ? BoundedFile.ReadText(path, LargestFile) : null)
            ?? throw new UsageException($"There is no merge configuration at '{path}'. Name a YAML file of at most 1 MB.");
        string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        var root = YamlRecord.Root(yaml, path, "merge_method and models");
        Flatten(root, "base_model");
        foreach (var model in root.Children.TryGetValue(new YamlScalarNode("models"), out var models) && models is YamlSequenceNode list ? list : [])
        {
            Flatten(model as YamlMappingNode ?? [], "model");
        }

        var options = Normal(YamlRecord.Bind<MergeOptions>(root, path));
        return options with
        {
            BaseModel = options.BaseModel is { } name ? Path.GetFullPath(name, folder) : null,
            Models = [.. options.Models.Select(m => m with { Model = Path.GetFullPath(m.Model, folder) })],
        };
    }

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

    /// <summary>A model's number.</summary>
    /// <param name="model">Its place among <see cref="Models"/>.</param>
    /// <param name="read">Which one.</param>
    /// <param name="otherwise">Where neither the model nor the merge sets it.</param>
    public double NumberOf(int model, Func<MergeParameters, double?> read, double otherwise) => read(Models[model].Parameters) ?? read(Parameters) ?? otherwise;

    /// <inheritdoc/>
    public IEnumerable<string> Conflicts(string path) => Conflict() is { } conflict ? [conflict] : [];

    private string? Conflict()
    {
        bool hasBase = MergeMethod != MergeMethod.Linear;
        return Dtype is not (null or "float32" or "float16" or "bfloat16") ? $"dtype is '{Dtype}', expected float32, float16 or bfloat16"
            : hasBase && BaseModel is null ? "the method needs base_model"
            : MergeMethod == MergeMethod.Slerp && (Others.Count != 1 || Models.Count > 2) ? $"slerp goes from base_model to one other model, found {Others.Count} others"
            : MergeMethod == MergeMethod.Slerp && Parameters.T is null ? "slerp needs the parameter t (--t), 0 to 1"
            : Others.Count == 0 ? "there is no model to merge"
            : Models.Select(m => m.Parameters).Prepend(Parameters).Select(ErrorOfNumbers).FirstOrDefault(f => f is not null) is { } odd ? odd
            : MergeMethod == MergeMethod.Linear && (Parameters.Normalize ?? true) && Math.Abs(Models.Select((_, i) => NumberOf(i, p => p.Weight, 1)).Sum()) < 1e-8 ? "the weights sum to 0 and cannot be normalized"
            : Others.Any(i => NumberOf(i, p => p.Density, 1) <= 0) ? "a density is 0, which keeps nothing; expected more than 0, at most 1"
            : null;
    }

    // Numbers that were read from a file have been looked at there, with their place; these may come from anywhere.
    private static string? ErrorOfNumbers(MergeParameters numbers)
        => OptionRange.ErrorsOf(numbers).FirstOrDefault()?.TrimEnd('.');

    /// <summary>Places of the models that are not the base.</summary>
    public IReadOnlyList<int> Others => [.. Enumerable.Range(0, Models.Count).Where(i => MergeMethod == MergeMethod.Linear || Models[i].Model != BaseModel)];
}
