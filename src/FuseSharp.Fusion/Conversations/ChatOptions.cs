using System.Globalization;
using FuseSharp.Conversations;
using FuseSharp.Options;

namespace FuseSharp.Fusion.Conversations;

/// <summary>How conversations among the texts are read and what of them is learned.</summary>
public sealed record ChatOptions : ICheckedOptions
{
    private const string DateForm = "yyyy-MM-dd";

    /// <summary>Which messages are learned: the answers, the last answer, or all messages.</summary>
    public LearnedTurns TrainOn { get; init; } = LearnedTurns.Answers;

    /// <summary>The day that templates write which show the date, as 2025-01-31: the clock would give every run other texts.</summary>
    public string Date { get; init; } = "2025-01-01";

    /// <summary>Chat templates for models, by the names of their folders: <c>chatml</c>, <c>llama2</c>, <c>llama3</c>, <c>mistral</c>, <c>zephyr</c>, <c>vicuna</c>, <c>alpaca</c>, or a file.
    /// A model that is not named takes its own, and one that has none the target's.</summary>
    public IReadOnlyDictionary<string, string> Templates { get; init; } = new Dictionary<string, string>();

    /// <inheritdoc/>
    public IEnumerable<string> Conflicts(string path)
    {
        if (!DateTime.TryParseExact(Date, DateForm, CultureInfo.InvariantCulture, DateTimeStyles.None, out _))
        {
            yield return $"'{path}date' is '{Date}', expected a day such as 2025-01-31.";
        }
    }

    /// <summary>The day as templates get it.</summary>
    internal DateTimeOffset Day() => new(DateTime.ParseExact(Date, DateForm, CultureInfo.InvariantCulture), TimeSpan.Zero);
}
