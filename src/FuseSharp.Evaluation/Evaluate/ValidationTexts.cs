using FuseSharp.Errors;
using FuseSharp.Fusion.Records;
using FuseSharp.Models;
using FuseSharp.Storage.Ranks;
using FuseSharp.Storage.Texts;


namespace FuseSharp.Evaluation.Evaluate;

/// <summary>The validation split, on which trainings are watched.</summary>
public static class ValidationTexts
{
    /// <summary>Measures models in bits per byte, the mean over the domains, as tables have it.</summary>
    /// <param name="texts">Output of the split stage.</param>
    /// <param name="window">Longest window that is read at once, tokens.</param>
    /// <param name="cancellation">Ends a measurement between two batches.</param>
    /// <param name="ranks">Who reads; see <see cref="BitsPerByte"/>.</param>
    /// <exception cref="ArtifactException">The split holds no validation texts.</exception>
    public static Func<LanguageModel, double> Measure(string texts, int window, CancellationToken cancellation, IProcessGroup? ranks = null)
    {
        string[][] domains = [.. new TextPieceFiles(texts, DataSplit.Validation).Read().GroupBy(t => t.Domain).Select(d => d.Select(t => t.Text).ToArray())];
        return domains.Length > 0 ? model => domains.Average(d => new BitsPerByte(model, window, ranks).Measure(d, null, cancellation).BitsPerByte)
            : throw new ArtifactException($"'{texts}' holds no validation texts, but training is to be evaluated on them. Name 'validation:' files in the recipe, or set evaluate_every to 0.");
    }
}
