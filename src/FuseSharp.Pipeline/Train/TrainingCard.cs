using System.Globalization;
using FuseSharp.Files;
using FuseSharp.Pipeline.Cards;

namespace FuseSharp.Pipeline.Train;

/// <summary>The cards of models as a training leaves them; a run writes a whole one over them when it has measured the model.</summary>
internal static class TrainingCard
{
    /// <summary>Of a training.</summary>
    /// <param name="name">Of the model.</param>
    /// <param name="target">What it was trained from.</param>
    /// <param name="sources">Names of the models whose distributions it learned; none where it did not.</param>
    /// <param name="options">How.</param>
    /// <param name="blocks">Training sequences.</param>
    public static ModelCard Create(string name, string target, IReadOnlyList<string> sources, TrainOptions options, int blocks)
    {
        bool fuses = options.Fusion is not null && sources.Count > 0;
        return new ModelCard(name, [ModelOrigin.Read(target)], [])
        {
            Library = options.Mode == TrainMode.Full || options.Lora.Merge ? "transformers" : "peft",
            Paragraphs =
            [
                $"{ModelName.FromPath(target)}, trained with {ModelCard.Program} on texts{(fuses ? $" and on what {string.Join(", ", sources)} expect at each of their tokens" : "")}.",
                string.Create(CultureInfo.InvariantCulture, $"{blocks:N0} sequences, {ScheduleOf(options)}, weight of the next-token loss {options.Fusion?.NextTokenWeight ?? 1}, seed {options.Seed}."),
            ],
        };
    }

    /// <summary>Of a model that was made from nothing but texts.</summary>
    /// <param name="name">Of the model.</param>
    /// <param name="options">How.</param>
    /// <param name="blocks">Training sequences.</param>
    /// <param name="blockLength">Tokens of each.</param>
    public static ModelCard OfPretraining(string name, TrainOptions options, int blocks, int blockLength)
        => new(name, [], [])
        {
            Paragraphs =
            [
                $"Trained from random weights with {ModelCard.Program}.",
                string.Create(CultureInfo.InvariantCulture, $"{blocks:N0} sequences of {blockLength:N0} tokens, {ScheduleOf(options)}, seed {options.Seed}."),
            ],
        };

    private static string ScheduleOf(TrainOptions options)
        => string.Create(CultureInfo.InvariantCulture, $"{options.Epochs} epoch{(options.Epochs == 1 ? "" : "s")}, batches of {options.BatchSize}, largest learning rate {options.LearningRate}");
}
