using System.Globalization;
using FuseSharp.Errors;

namespace FuseSharp.Evaluation.Tasks;

/// <summary>A row as the model meets it.</summary>
/// <param name="Row">Where it comes from.</param>
/// <param name="Question">Filled prompt, without examples.</param>
/// <param name="Choices">Filled choices; empty in other kinds.</param>
/// <param name="Gold">0-based number of the right choice.</param>
/// <param name="Answers">Accepted answers; empty in choices, programs and what a judge scores.</param>
public sealed record TaskExample(TaskRow Row, string Question, IReadOnlyList<string> Choices, int Gold, IReadOnlyList<string> Answers)
{
    /// <summary>Filled <see cref="TaskDefinition.ChatPrompt"/>, or null.</summary>
    public string? ChatQuestion { get; init; }

    /// <summary>A generated answer ends before the first of these.</summary>
    public IReadOnlyList<string> Stops { get; init; } = [];

    /// <summary>Fills a definition's templates.</summary>
    /// <exception cref="ArtifactException">The row lacks a field, or its gold is none of the choices.</exception>
    public static TaskExample Parse(TaskDefinition task, TaskRow row)
    {
        string question = TaskTemplate.Apply(task.Clean, TaskTemplate.Fill(task.Prompt, row));
        string[] choices = [.. TaskTemplate.FillAll(task.Choices, row).Select(c => TaskTemplate.Apply(task.Clean, c))];
        int gold = task.Kind == TaskKind.Choice ? GoldOf(task, row, choices.Length) : 0;
        var answers = task.Scoring == TaskScoring.Drop ? [string.Join(", ", row.DropSpans()[0])] : TaskTemplate.FillAll(task.Answers, row);
        return answers.Count > 0 || !task.ComparesAnswers()
            ? new TaskExample(row, question, choices, gold, answers) { ChatQuestion = task.ChatPrompt is { } chat ? TaskTemplate.Fill(chat, row) : null, Stops = TaskTemplate.FillAll(task.Stops, row) }
            : throw new ArtifactException($"{row.Place} has no accepted answer. Remove the row.");
    }

    /// <summary>Question and right answer, as an example for other questions.</summary>
    public string Shown(TaskDefinition task) => Question + task.Delimiter + (task.Shown is { } shown ? TaskTemplate.Fill(shown, Row) : task.Kind == TaskKind.Choice ? Choices[Gold] : Answers[0]);

    private static int GoldOf(TaskDefinition task, TaskRow row, int choices)
    {
        string gold = TaskTemplate.Fill(task.Gold, row).Trim();
        int index = task.Labels is { } labels ? PlaceOf(gold, [.. row.ListAt(labels).Select(l => l.Trim())])
            : int.TryParse(gold, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number) ? number : -1;
        return index >= 0 && index < choices ? index
            : throw new ArtifactException(FormattableString.Invariant($"{row.Place} says '{gold}' is right, which is none of its {choices} choices. Use a split with answers."));
    }

    // Some rows of ARC number the right choice where its labels are letters, or the other way round.
    private static int PlaceOf(string gold, List<string> labels)
    {
        bool HasOnly(char first) => labels.Select((l, i) => l.Length == 1 && l[0] == first + i).All(same => same);
        return labels.IndexOf(gold) is >= 0 and var place ? place
            : gold.Length != 1 ? -1
            : HasOnly('A') && char.IsAsciiDigit(gold[0]) ? gold[0] - '1'
            : HasOnly('1') && char.IsAsciiLetterUpper(gold[0]) ? gold[0] - 'A'
            : -1;
    }
}
