using FuseSharp.Errors;
using FuseSharp.Evaluation.Ensemble;
using FuseSharp.Files;
using FuseSharp.Fusion;
using FuseSharp.Fusion.Fuse;
using FuseSharp.Options;
using FuseSharp.Pipeline.Merge.Configuration;
using FuseSharp.Pipeline.Represent;
using FuseSharp.Pipeline.Train;
using FuseSharp.Pipeline.Write;
using FuseSharp.Storage.Texts;

namespace FuseSharp.Pipeline.Recipes;

/// <summary>Finds every fault of a recipe that shows without loading a model, before any costly work.</summary>
public static class RecipeValidator
{
    private const int LongestName = 100;

    /// <summary>Checks what stands in the recipe and whether what it names is there.</summary>
    /// <returns>All faults, a line each.</returns>
    public static IReadOnlyList<string> ErrorsOf(Recipe recipe)
        => [.. ModelErrors(recipe), .. TextErrors(recipe), .. OptionErrors(recipe), .. BaselineErrors(recipe.Baselines, 1 + recipe.Sources.Count)];

    /// <summary>Why a domain, which names files and columns, cannot have a name: the message without its opening quotation mark; null where it can.</summary>
    /// <param name="name">The name.</param>
    public static string? ErrorOfDomain(string name)
        => name.Length is 0 or > LongestName || name is "." or ".." || name.IndexOfAny(Path.GetInvalidFileNameChars()) >= 0 || name.Any(char.IsControl)
            ? $"{new string([.. name.Take(LongestName).Select(c => char.IsControl(c) ? '?' : c)])}' is not a name for a domain. Use letters and digits." : null;

    private static IEnumerable<string> ModelErrors(Recipe recipe)
    {
        if (recipe.Sources.Count == 0 && recipe.Train.Fusion is not null)
        {
            yield return "'sources' is empty: there is nothing to fuse. Name at least one model, or write 'train.fusion: none'.";
        }

        foreach (string model in recipe.Models.Select(m => m.Files).Where(m => m.Length > 0 && !Directory.Exists(m) && !File.Exists(m)))
        {
            yield return $"There is no model at '{model}', named in 'target' or 'sources'. {MissingPath.ModelRemedy(model)}";
        }

        foreach (var same in recipe.Models.GroupBy(m => m.Name, StringComparer.OrdinalIgnoreCase).Where(g => g.Count() > 1))
        {
            yield return $"Several models are called '{same.Key}': {string.Join(", ", same.Select(m => m.HasWeights ? m.Files : $"{m.Model} at {m.Endpoint}"))}. Folders of different names tell them apart in tables.";
        }

        foreach (string model in recipe.Models.Select(m => m.Name).Where(RunFolder.IsTaken))
        {
            yield return $"A model is called '{model}', as a run calls a result of its own. Give its folder another name.";
        }

        if (recipe.Train is { Strategy: FusionStrategy.FuseAndMerge } train && (train.Fusion is null || recipe.Sources.Count < 2))
        {
            yield return train.Fusion is null ? "'train.strategy' is fuse_and_merge, but 'train.fusion' is none. Leave one of them out."
                : "'train.strategy' is fuse_and_merge, which merges what a target learned from each of several sources; 'sources' names fewer than two. Name more, or leave it out.";
        }
    }

    private static IEnumerable<string> TextErrors(Recipe recipe)
    {
        if (recipe.Texts.Count == 0)
        {
            yield return "'texts' is empty. Name at least one domain with its texts.";
        }

        foreach (var (name, entry) in recipe.Texts)
        {
            if (ErrorOfDomain(name) is { } fault)
            {
                yield return "'texts." + fault;
            }

            string?[] paths = [entry.Path, entry.Train, entry.Validation, entry.Test];
            foreach (string line in WritingErrors(recipe, name, entry))
            {
                yield return line;
            }

            if (entry.Path is null == (entry.Train is null && entry.Validation is null && entry.Test is null) && !(entry.IsWritten && entry.Path is null))
            {
                yield return $"'texts.{name}' needs either 'path' (split by hash) or 'train' with 'test'.";
            }

            if (entry.Part is not null && (entry.IsWritten || (entry.Path ?? entry.Train) is null))
            {
                yield return $"'texts.{name}' has 'part', which chooses among training texts that are given, but {(entry.IsWritten ? "models write them" : "none are")}. Leave it out.";
            }

            foreach (string path in paths.OfType<string>().Where(p => !p.StartsWith(SdkDocumentation.Prefix, StringComparison.Ordinal) && !TextPaths.Exists(p)))
            {
                yield return $"There are no texts at '{path}' ('texts.{name}'). Correct the path.";
            }
        }
    }

    private static IEnumerable<string> WritingErrors(Recipe recipe, string name, TextEntry entry)
    {
        if (entry.WithoutWriter() is { Count: > 0 } idle)
        {
            yield return $"'texts.{name}' has {string.Join(", ", idle.Select(i => $"'{OptionRange.KeyOf(i)}'"))}, but no model writes its texts. Name writers in 'written_by', or leave {(idle.Count > 1 ? "them" : "it")} out.";
        }

        if (!entry.IsWritten)
        {
            yield break;
        }

        foreach (string line in OptionRange.ErrorsOf(entry, $"texts.{name}."))
        {
            yield return line;
        }

        if (entry.Train is not null)
        {
            yield return $"'texts.{name}' has both 'train' and 'written_by': models write the training texts. Make two domains of them.";
        }

        if (entry.Count is null == entry.Bytes is null)
        {
            yield return $"'texts.{name}' needs either 'count', documents, or 'bytes' that each of its writers writes.";
        }

        string? unknown = null;
        try
        {
            unknown = recipe.WritersOf(entry).Count == 0 ? "'written_by' names no model." : null;
        }
        catch (UsageException fault)
        {
            unknown = fault.Message;
        }

        if (unknown is not null)
        {
            yield return $"'texts.{name}': {unknown}";
        }

        if (WritePrompts.DomainOf(entry.Prompts) is { } like ? !recipe.Texts.TryGetValue(like, out var given) || given.IsWritten
            : entry.Prompts is { } file and not TextEntry.NoPrompts && !file.StartsWith(SdkDocumentation.Prefix, StringComparison.Ordinal) && !TextPaths.Exists(file))
        {
            yield return $"'texts.{name}.prompts' is '{entry.Prompts}', expected none, '{TextEntry.FirstLineOf}NAME' with a domain whose texts are given, or a file.";
        }
    }

    private static IEnumerable<string> BaselineErrors(BaselineOptions baselines, int models)
    {
        if (EnsembleWeights.ErrorOf(models, baselines.EnsembleWeights) is { } fault)
        {
            yield return $"'baselines.ensemble_weights': {fault}";
        }

        if (baselines.MergeBase is { } model && !Directory.Exists(model) && !File.Exists(model))
        {
            yield return $"There is no model at '{model}', named in 'baselines.merge_base'. {MissingPath.ModelRemedy(model)}";
        }

        if (baselines.Merges.Contains(MergeMethod.Passthrough))
        {
            yield return "'baselines.merges' asks for passthrough, which takes the layers of single models. Leave it out, or use it with a merge configuration of its own.";
        }

        foreach (var method in baselines.Merges.Where(m => baselines.MergeBase is null && MergeModels.NeedsBase(m) && !MergeModels.StartsAtTarget(m)))
        {
            yield return $"'baselines.merges' asks for {OptionRange.KeyOf(method.ToString())}, which needs the model that target and sources were tuned from. Name it in 'baselines.merge_base'.";
        }
    }

    private static IEnumerable<string> FusionErrors(Recipe recipe, FusionOptions fusion)
    {
        string missing = OptionRange.KeyOf(fusion.MissingProbability.ToString());
        if (recipe.Align.Settings == MethodSettings.Reference && fusion.MissingProbability != MissingProbability.Renormalize)
        {
            yield return $"'align.settings: reference' writes logits, which 'train.fusion.missing_probability: {missing}' would take for probabilities. Use 'missing_probability: renormalize'.";
        }

        string[] names = [.. recipe.Models.Select(m => m.Name)];
        foreach (string name in fusion.ExcludeTeachers.Except(names))
        {
            yield return $"'train.fusion.exclude_teachers' names '{name}', which is none of the models: {string.Join(", ", names)}.";
        }

        if (names.All(fusion.ExcludeTeachers.Contains))
        {
            yield return "'train.fusion.exclude_teachers' leaves no model to learn from. Leave one, or write 'train.fusion: none'.";
        }
    }

    private static IEnumerable<string> OptionErrors(Recipe recipe)
    {
        foreach (string fault in OptionRange.ErrorsOf(recipe).Concat(recipe.Train.Fusion is { } fusion ? FusionErrors(recipe, fusion) : []))
        {
            yield return fault;
        }

        foreach (string fault in recipe.Sources.SelectMany((s, i) => s.Conflicts(FormattableString.Invariant($"sources[{i}]."))))
        {
            yield return fault;
        }

        if (recipe.Represent.Rows == RepresentRows.Projected && recipe.Sources.FirstOrDefault(s => !s.HasWeights) is { } served)
        {
            yield return $"'represent.rows' is projected, which sums over the whole vocabulary, but {served.Name} is behind a server, which gives its likeliest tokens only. Leave it out: rows of such a source hold its own tokens.";
        }

        if (recipe.Represent.Rows == RepresentRows.Projected && !recipe.Align.TakesProjectedRows())
        {
            yield return "'represent.rows' is projected, which goes with 'align.alignment: boundary' and 'align.projection: first_token' only. Use 'represent.rows: tokens', or leave it out.";
        }

        if (recipe.Evaluate.Tasks.Count > 0 && !Directory.Exists(recipe.Evaluate.Data))
        {
            yield return $"'evaluate.tasks' needs the folder of the benchmarks' data: 'evaluate.data' is '{recipe.Evaluate.Data}', which is not a folder.";
        }
    }
}
