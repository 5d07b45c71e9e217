using FuseSharp.Errors;
using FuseSharp.Fusion.Split;
using FuseSharp.Models.Configuration;


namespace FuseSharp.Pipeline.Recipes;

/// <summary>Gives values to what a recipe leaves to its models.</summary>
public static class RecipeDefaults
{
    /// <summary>The recipe with <c>split.max_length</c> as a number: 2048, or the smallest context of the models where that is less.</summary>
    /// <param name="recipe">Returned as it is where it says a length.</param>
    /// <exception cref="ModelException">A model's configuration cannot be read.</exception>
    public static Recipe Resolve(Recipe recipe) => recipe with { Split = Resolve(recipe.Split, recipe.LocalModels) };

    /// <summary>The same for the options of the split stage alone.</summary>
    /// <param name="options">Returned as they are where they say a length.</param>
    /// <param name="models">Whose contexts count.</param>
    /// <exception cref="ModelException">A model's configuration cannot be read.</exception>
    public static SplitOptions Resolve(SplitOptions options, IEnumerable<string> models)
        => options.MaxLength > 0 ? options : options with { MaxLength = models.Min(m => Math.Min(SplitOptions.PublishedMaxLength, ModelConfig.Read(m).ContextLength)) };
}
