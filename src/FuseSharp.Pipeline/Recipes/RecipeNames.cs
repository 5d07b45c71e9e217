using FuseSharp.Options;

namespace FuseSharp.Pipeline.Recipes;

/// <summary>How recipes, options and messages write the names of the code.</summary>
public static class RecipeNames
{
    /// <summary>A value's name, such as <c>task_arithmetic</c>.</summary>
    /// <param name="value">Of an enum.</param>
    public static string Of(Enum value) => OptionRange.KeyOf(value.ToString());
}
