using FuseSharp.Models.Scoring;
using FuseSharp.Pipeline.Recipes;
using FuseSharp.Storage.Texts;
using FuseSharp.Testing;
using static TorchSharp.torch;

namespace FuseSharp.Pipeline.Tests.Recipes;

public sealed class RecipePrecisionTests : IDisposable
{
    private readonly ScratchFolder _folder = new();
    private readonly List<string> _said = [];

    // What this processor would not choose by itself.
    private static Precision Other => WorkingType.Choose(Precision.Auto, CPU) == Precision.Float32 ? Precision.Bfloat16 : Precision.Float32;

    private Recipe Recipe => new()
    {
        Target = DemoModels.Path("security"),
        Sources = [DemoModels.Path("web")],
        Texts = new Dictionary<string, TextEntry> { ["one"] = new() { Path = "sdk:security" } },
        Output = _folder.At("run"),
    };

    /// <inheritdoc/>
    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Resolve_Auto_IsWhatTheProcessorMultipliesFast()
    {
        var here = WorkingType.Choose(Precision.Auto, CPU);

        Assert.Equal([here, here, here], Of(RecipePrecision.Resolve(Recipe, CPU, new HeardProgress(_said))));
        Assert.StartsWith($"precision auto: {here.ToString().ToLowerInvariant()}, for this processor multiplies bfloat16 at ", Assert.Single(_said), StringComparison.Ordinal);
    }

    [Fact]
    public void Resolve_NamedTypes_Stay()
    {
        var named = With(Recipe, Precision.Float32, Precision.Bfloat16, Precision.Float32);

        Assert.Same(named, RecipePrecision.Resolve(named, CPU, new HeardProgress(_said)));
        Assert.Empty(_said);
        Assert.Equal([Precision.Float32, Other, Precision.Bfloat16], Of(RecipePrecision.Resolve(Begun(With(Recipe, Precision.Float32, Precision.Auto, Precision.Bfloat16), Other), CPU)));
    }

    [Fact]
    public void Resolve_RunThatWasBegunInAnotherType_GoesOnAndSaysSo()
    {
        var resolved = RecipePrecision.Resolve(Begun(Recipe, Other), CPU, new HeardProgress(_said));

        Assert.Equal([Other, Other, Other], Of(resolved));
        Assert.EndsWith($"; this run was begun in {Other.ToString().ToLowerInvariant()} and goes on so", Assert.Single(_said), StringComparison.Ordinal);
    }

    [Fact]
    public void Resolve_RunWhoseRecipeCannotBeRead_ChoosesAnew()
    {
        Directory.CreateDirectory(_folder.At("run"));
        File.WriteAllText(_folder.At("run/recipe.yaml"), "not: [a recipe");

        Assert.DoesNotContain(Precision.Auto, Of(RecipePrecision.Resolve(Recipe, CPU)));
    }

    // One rank of a run may stand on another processor; all must come to the same keys.
    [Fact]
    public void Resolve_SeveralRanks_TakeThatOfRankZero()
    {
        var begun = Begun(Recipe, Other);

        var all = ThreadProcessGroup.Run(3, ranks => Of(RecipePrecision.Resolve(ranks.Rank == 0 ? begun : begun with { Output = _folder.At("elsewhere") }, CPU, ranks: ranks)));

        Assert.All(all, of => Assert.Equal([Other, Other, Other], of));
    }

    private static Precision[] Of(Recipe recipe) => [recipe.Represent.Precision, recipe.Train.Precision, recipe.Evaluate.Precision];

    private static Recipe With(Recipe recipe, Precision represent, Precision train, Precision evaluate)
        => recipe with { Represent = recipe.Represent with { Precision = represent }, Train = recipe.Train with { Precision = train }, Evaluate = recipe.Evaluate with { Precision = evaluate } };

    private static Recipe Begun(Recipe recipe, Precision precision)
    {
        Directory.CreateDirectory(recipe.Output);
        RecipeWriter.Write(new RunFolder(recipe.Output).EffectiveRecipe, With(recipe, precision, precision, precision));
        return recipe;
    }
}
