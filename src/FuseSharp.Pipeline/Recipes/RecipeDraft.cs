using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using FuseSharp.Fusion.Split;
using FuseSharp.Options;
using FuseSharp.Storage.Artifacts;
using FuseSharp.Storage.Texts;

namespace FuseSharp.Pipeline.Recipes;

/// <summary>Writes a first recipe for some models and texts, with the keys that are changed most and what they mean.</summary>
public static partial class RecipeDraft
{
    private static readonly Recipe _defaults = new();

    /// <summary>The recipe's text.</summary>
    /// <param name="name">Of the recipe's file; the run's folder is called after it.</param>
    /// <param name="folder">Of the recipe's file: paths become relative to it.</param>
    /// <param name="models">The target first.</param>
    /// <param name="texts">Paths by the names of their domains.</param>
    /// <param name="field">JSON field or column that holds the text.</param>
    public static string Write(string name, string folder, IReadOnlyList<string> models, IReadOnlyDictionary<string, string> texts, string field)
    {
        string Place(string path) => path.StartsWith(SdkDocumentation.Prefix, StringComparison.Ordinal) ? Quoted(path)
            : Quoted(Path.GetRelativePath(folder, Path.GetFullPath(path)).Replace('\\', '/'));
        string Text(string path) => field == new TextEntry().Field ? Place(path) : $"{{ path: {Place(path)}, field: {Quoted(field)} }}";
        var train = _defaults.Train;
        return string.Create(CultureInfo.InvariantCulture, $"""
            # fusesharp check {name}, then fusesharp run {name}. All keys: docs/recipe.md. Paths are relative to this file.
            # A line that begins with '#' is a key with its default: remove the '#' to change it.
            output: {Quoted("runs/" + Path.GetFileNameWithoutExtension(name))}

            # The model that is trained, and the models whose knowledge it gets.
            target: {Place(models[0])}
            {(models.Count == 1 ? "sources: []" : "sources:\n" + string.Join('\n', models.Skip(1).Select(m => $"  - {Place(m)}")))}

            # The texts, domain by domain: results are shown for each. Of 100 documents 85 train, 5 validate and 10 test,
            # unless a domain has files for each: {"name: { train: …, validation: …, test: … }"}.
            texts:
            {string.Join('\n', texts.Select(t => $"  {Quoted(t.Key)}: {Text(t.Value)}"))}

            # split:
            #   max_length: {_defaults.Split.MaxLength}               # longest sequence, tokens; 0: what the models can read, at most {SplitOptions.PublishedMaxLength}
            #   train_bytes_per_domain: {_defaults.Split.TrainBytesPerDomain}   # training text of each domain; 0: all of it
            # represent:
            #   top_k: {_defaults.Represent.TopK}                   # candidates kept at each position; small models need more, 50 say
            #   precision: {OptionRange.KeyOf(_defaults.Represent.Precision.ToString())}             # also of training: float32, bfloat16, or auto

            train:
              epochs: {train.Epochs}                     # times that every text is read; few texts need more
              {(models.Count == 1 ? "fusion: none               # learns from the texts alone"
                : string.Create(CultureInfo.InvariantCulture, $"fusion:\n    next_token_weight: {train.Fusion!.NextTokenWeight}      # near 1 it learns from the texts, near 0 from the models"))}
            #   learning_rate: {AutomaticAttribute.Word}         # chosen by short trainings on the validation texts; or a number, 0.001 for small models, 0.00001 for large ones
            #   batch_size: {train.BatchSize}               # sequences of a step; 0: 8 to 128, by the amount of text
            #   micro_batch_size: {train.MicroBatchSize}         # sequences in memory together; 1 takes the least memory; 0: the whole batch
            #   gradient_checkpointing: {(train.GradientCheckpointing ? "true" : "false")}  # true: less memory, a third more time
            #   mode: {OptionRange.KeyOf(train.Mode.ToString())}                  # full, lora or qlora

            # baselines:
            #   clm: {(_defaults.Baselines.Clm ? "true" : "false")}                   # the same training without fusion, to compare with
            #   ensemble: {(_defaults.Baselines.Ensemble ? "true" : "false")}             # all models together
            # seeds: {_defaults.Seeds}                       # trainings in all; from 2 on the table has standard errors over them
            # generate:
            #   prompt: "Once upon a time"   # continued by each model at the end

            """).ReplaceLineEndings("\n");
    }

    private static string Quoted(string text) => Plain().IsMatch(text) ? text : JsonSerializer.Serialize(text, ArtifactJson.Line);

    [GeneratedRegex(@"^(?!(true|false|null|yes|no|on|off)$)[A-Za-z./_][A-Za-z0-9./_-]*(:[A-Za-z0-9./_-]+)?$", RegexOptions.IgnoreCase)]
    private static partial Regex Plain();
}
