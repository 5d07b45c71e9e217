using FuseSharp.Pipeline.Recipes;
using FuseSharp.Report.Content;


namespace FuseSharp.Report.Sections;

/// <summary>How to do it again.</summary>
internal static class RecipeSection
{
    /// <summary>Reads it.</summary>
    public static ReportSection Create(RunArtifacts run)
    {
        string version = typeof(RecipeSection).Assembly.GetName().Version?.ToString(3) ?? "0";
        return new ReportSection("recipe", "Do it again")
        {
            Paragraphs =
            [
                $"Save this recipe, every default written out, as recipe.yaml and run: fusesharp run recipe.yaml. FuseSharp {version}.",
                "Equal recipes, models and texts give equal artifacts on equal machines; what is finished is not done again.",
            ],
            Code = RecipeWriter.ToYaml(run.Recipe),
        };
    }
}
