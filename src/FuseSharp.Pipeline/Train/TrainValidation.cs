using FuseSharp.Errors;
using FuseSharp.Evaluation.Evaluate;
using FuseSharp.Models;
using FuseSharp.Storage.Artifacts;


namespace FuseSharp.Pipeline.Train;

/// <summary>What a training is evaluated by between its steps.</summary>
/// <param name="Key">Of the texts, part of the training's key.</param>
/// <param name="BitsPerByte">Measures the model as it is.</param>
public sealed record TrainValidation(string Key, Func<LanguageModel, double> BitsPerByte)
{
    /// <summary>The validation texts of a split.</summary>
    /// <param name="texts">Output of the split stage.</param>
    /// <param name="window">Longest window that is read at once, tokens.</param>
    /// <param name="every">Steps between two evaluations, as the options have it: where they are left to the program, the first part of each domain is read, and texts may be missing.</param>
    /// <param name="context">Its cancellation ends a measurement of all texts in one process. A short one is finished; so is one of several ranks, which end a training together.</param>
    /// <returns>Null where there is nothing to evaluate by, or no need to.</returns>
    /// <exception cref="ArtifactException">Evaluations are asked for, and there are no validation texts.</exception>
    public static TrainValidation? Read(string texts, int window, int? every, StageContext context)
        => every == 0 || (every is null && !ValidationTexts.Exist(texts)) ? null
            : new(Manifest.Read(texts).Key, ValidationTexts.Measure(texts, window, isShort: every is null, every is null || context.Ranks.Count > 1 ? CancellationToken.None : context.Cancellation, context.Ranks));
}
