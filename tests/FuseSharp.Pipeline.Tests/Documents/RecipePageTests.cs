using System.Text;
using FuseSharp.Pipeline.Recipes;
using FuseSharp.Storage.Texts;
using FuseSharp.Testing;

namespace FuseSharp.Pipeline.Tests.Documents;

/// <summary>docs/recipe.md lists every key of a recipe with its default, range and meaning, straight from the code.</summary>
public sealed class RecipePageTests
{
    [Fact]
    public void RecipePage_SaysWhatTheCodeSays() => Assert.Null(GoldenFile.Difference("docs/recipe.md", Page()));

    private static string Page()
    {
        var page = new StringBuilder("""
            # The recipe

            A recipe is one YAML file for one fusion. This page is made from the code's own documentation by a test.
            Paths are relative to the recipe's folder. `--set KEY=VALUE` after `fusesharp run` and `check` replaces a key, as in `--set train.epochs=2`.


            """.ReplaceLineEndings("\n"));
        KeyTables.Section(page, "Top level", typeof(Recipe));
        KeyTables.Section(page, "sources", typeof(RecipeModel));
        KeyTables.Section(page, "texts.NAME", typeof(TextEntry));
        foreach (var part in typeof(Recipe).GetProperties().Where(p => KeyTables.IsOptions(p.PropertyType)))
        {
            KeyTables.Section(page, KeyTables.KeyOf(part.Name), part.PropertyType);
            foreach (var inner in part.PropertyType.GetProperties().Where(p => KeyTables.IsOptions(p.PropertyType)))
            {
                KeyTables.Section(page, $"{KeyTables.KeyOf(part.Name)}.{KeyTables.KeyOf(inner.Name)}", inner.PropertyType);
            }
        }

        return page.ToString().TrimEnd('\n') + "\n";
    }
}
