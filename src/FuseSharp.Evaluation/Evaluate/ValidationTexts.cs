using FuseSharp.Conversations;
using FuseSharp.Errors;
using FuseSharp.Fusion.Conversations;
using FuseSharp.Fusion.Records;
using FuseSharp.Models;
using FuseSharp.Storage.Artifacts;
using FuseSharp.Storage.Ranks;
using FuseSharp.Storage.Texts;


namespace FuseSharp.Evaluation.Evaluate;

/// <summary>The validation split, on which trainings are watched.</summary>
public static class ValidationTexts
{
    /// <summary>UTF-8 bytes of each domain, whole pieces, that tell states of a training apart when it is evaluated ten times: more would make it longer by a part of itself.</summary>
    public const int ShortBytesPerDomain = 16_000;

    /// <summary>Measures models in bits per byte, the mean over the domains, as tables have it.</summary>
    /// <param name="texts">Output of the split stage.</param>
    /// <param name="window">Longest window that is read at once, tokens.</param>
    /// <param name="isShort">Whether only the first <see cref="ShortBytesPerDomain"/> bytes of each domain are read.</param>
    /// <param name="cancellation">Ends a measurement between two batches.</param>
    /// <param name="ranks">Who reads; see <see cref="BitsPerByte"/>.</param>
    /// <exception cref="ArtifactException">The split holds no validation texts.</exception>
    public static Func<LanguageModel, double> Measure(string texts, int window, bool isShort, CancellationToken cancellation, IProcessGroup? ranks = null)
    {
        var reading = ConversationReading.Read(Manifest.Read(texts));
        MeasuredText[][] domains = [.. new TextPieceFiles(texts, DataSplit.Validation).Read().GroupBy(t => t.Domain, t => MeasuredText.FromPiece(t, reading?.TrainOn ?? LearnedTurns.Answers)).Select(d => (isShort ? First(d) : d).ToArray())];
        return domains.Length > 0 ? MeanOf
            : throw new ArtifactException($"'{texts}' holds no validation texts, but training is to be evaluated on them. Name 'validation:' files in the recipe, or set evaluate_every to 0.");

        double MeanOf(LanguageModel model)
        {
            var measure = EvaluateStage.Open(model, texts, window, ranks ?? SingleProcess.Instance);
            return domains.Average(d => measure.Measure(d, null, cancellation).BitsPerByte);
        }
    }

    /// <summary>Whether there are any.</summary>
    /// <param name="texts">Output of the split stage.</param>
    public static bool Exist(string texts) => new TextPieceFiles(texts, DataSplit.Validation).Count > 0;

    // Whole pieces, in their order, until there are enough bytes.
    private static IEnumerable<MeasuredText> First(IEnumerable<MeasuredText> pieces)
    {
        long bytes = 0;
        foreach (var piece in pieces)
        {
            yield return piece;
            bytes += piece.Bytes;
            if (bytes >= ShortBytesPerDomain)
            {
                yield break;
            }
        }
    }
}
