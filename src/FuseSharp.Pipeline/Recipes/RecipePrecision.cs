using FuseSharp.Errors;
using FuseSharp.Models.Scoring;
using FuseSharp.Options;
using FuseSharp.Progress;
using FuseSharp.Storage.Ranks;
using static TorchSharp.torch;

namespace FuseSharp.Pipeline.Recipes;

/// <summary>Replaces <see cref="Precision.Auto"/> in a recipe by what it comes to, once for a whole run: what a run compares works in one type, and keys hold that type.</summary>
public static class RecipePrecision
{
    /// <summary>The recipe without <c>auto</c>. A run that was begun goes on with its first choice, whatever this processor would choose.</summary>
    /// <param name="recipe">Returned as it is where it says every type.</param>
    /// <param name="device">Where its models run.</param>
    /// <param name="progress">Is told what was chosen and why; null for nobody.</param>
    /// <param name="ranks">Who works together: rank 0 chooses for all. Null for this process alone.</param>
    public static Recipe Resolve(Recipe recipe, Device device, IProgressReporter? progress = null, IProcessGroup? ranks = null)
    {
        if (!Of(recipe).Contains(Precision.Auto))
        {
            return recipe;
        }

        var choices = (ranks?.Rank ?? 0) == 0 ? Choose(recipe, device, progress) : [Precision.Auto];
        if (ranks is { Count: > 1 })
        {
            choices = [.. ranks.Broadcast(string.Join(' ', choices)).Split(' ').Select(Enum.Parse<Precision>)];
        }

        return recipe with
        {
            Represent = recipe.Represent with { Precision = choices[0] },
            Train = recipe.Train with { Precision = choices[1] },
            Evaluate = recipe.Evaluate with { Precision = choices[2] },
        };
    }

    private static Precision[] Of(Recipe recipe) => [recipe.Represent.Precision, recipe.Train.Precision, recipe.Evaluate.Precision];

    private static Precision[] Choose(Recipe recipe, Device device, IProgressReporter? progress)
    {
        var here = WorkingType.Choose(Precision.Auto, device);
        var first = Begun(recipe);
        Precision[] choices = [.. Of(recipe).Select((p, i) => p != Precision.Auto ? p : first?[i] is Precision.Float32 or Precision.Bfloat16 ? first[i] : here)];
        progress?.Say($"precision auto: {Reason(device, here)}{(choices.Where((_, i) => Of(recipe)[i] == Precision.Auto).All(c => c == here) ? "" : $"; this run was begun in {Name(choices.First(c => c != here))} and goes on so")}");
        return choices;
    }

    // What an earlier start of the same run wrote; one that cannot be read any more says nothing.
    private static Precision[]? Begun(Recipe recipe)
    {
        string file = new RunFolder(recipe.Output).EffectiveRecipe;
        try
        {
            return File.Exists(file) ? Of(RecipeReader.Read(file)) : null;
        }
        catch (FuseSharpException)
        {
            return null;
        }
    }

    private static string Reason(Device device, Precision here)
        => device.type != TorchSharp.DeviceType.CPU ? $"{Name(here)} on {device}"
            : FormattableString.Invariant($"{Name(here)}, for this processor multiplies bfloat16 at {MatrixRates.OfThisProcessor.Gain:F1} × float32's rate ({MatrixRates.OfThisProcessor.Bfloat16 / 1e9:F0} and {MatrixRates.OfThisProcessor.Float32 / 1e9:F0} GFLOP/s)");

    private static string Name(Precision precision) => OptionRange.KeyOf(precision.ToString());
}
