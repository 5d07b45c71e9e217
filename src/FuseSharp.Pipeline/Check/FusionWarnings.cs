using FuseSharp.Errors;
using FuseSharp.Fusion.Split;
using FuseSharp.Pipeline.Recipes;
using FuseSharp.Pipeline.Train;
using FuseSharp.Storage.Texts;
using FuseSharp.Tokenizers.Files;


namespace FuseSharp.Pipeline.Check;

/// <summary>What a recipe can do, but hardly anyone wants: splits without a document, trainings of a few steps.</summary>
public static class FusionWarnings
{
    /// <summary>The warnings of a recipe, from a look at its texts.</summary>
    /// <param name="recipe">Checked.</param>
    /// <returns>A line each, none where all is well; and whether one of them is of trainings of a few steps.</returns>
    /// <exception cref="ArtifactException">Texts that cannot be read.</exception>
    public static (IReadOnlyList<string> Lines, bool IsOfLength) Find(Recipe recipe)
    {
        var surveys = SurveysOf(recipe);
        string? few = LengthOf(recipe, surveys).Warning;
        return ([.. surveys.SelectMany(s => SplitWarnings(recipe, s.Key, s.Value)), .. ConversationCheck.WarningsOf(recipe), .. ServedWarnings(recipe), .. few is null ? Array.Empty<string>() : [few]], few is not null);
    }

    /// <summary>What the texts of each domain hold.</summary>
    internal static Dictionary<string, TextSurvey> SurveysOf(Recipe recipe)
    {
        var tokenizer = TokenizerFolder.Load(recipe.Target);
        return recipe.Texts.ToDictionary(t => t.Key, t => TextSurvey.Take(t.Value, recipe.Split, tokenizer, recipe.WritersOf(t.Value).Count));
    }

    /// <summary>How long a training will be; the number of blocks is an estimate.</summary>
    internal static TrainLength LengthOf(Recipe recipe, IReadOnlyDictionary<string, TextSurvey> surveys)
        => TrainLength.Compute(recipe.Train, (int)Math.Min(int.MaxValue, Math.Ceiling(surveys.Values.Sum(s => s.TrainBytes / s.BytesPerToken) / recipe.Split.MaxLength)));

    private static IEnumerable<string> ServedWarnings(Recipe recipe)
        => recipe.Sources.Where(s => !s.HasWeights && recipe.ProjectsRows)
            .Select(s => $"{s.Name} is behind a server, which gives its likeliest tokens only: its rows hold its own tokens, as with 'represent.rows: tokens', and are projected after they are cut. A larger 'represent.top_k' loses less.");

    private static IEnumerable<string> SplitWarnings(Recipe recipe, string domain, TextSurvey survey)
    {
        foreach (var split in survey.Empty.Where(s => s != DataSplit.Validation || recipe.Train.EvaluateEvery != 0 || recipe.Train.LearningRate is null || recipe.Align.UsesMap()))
        {
            string name = split.ToString().ToLowerInvariant();
            string missed = split switch
            {
                DataSplit.Train => "nothing of it is learned",
                DataSplit.Test => "the table shows '–' for it",
                _ => "evaluations during training leave it out",
            };
            yield return $"'{domain}' has no document in its {name} split: {missed}. Name files in 'texts.{domain}.{name}', or give more documents: of 100, 85 train, 5 validate and 10 test.";
        }
    }
}
