using System.Text.RegularExpressions;
using FuseSharp.Errors;

namespace FuseSharp.Evaluation.Tasks;

/// <summary>What stands before a question: the description and some solved examples, joined by blank lines.</summary>
public static class FewShotSampler
{
    private const string Separator = "\n\n";
    private const string Canary = "-----\n";

    /// <summary>The text before a question, its last blank line included; empty without description and examples.</summary>
    /// <param name="task">The task.</param>
    /// <param name="pool">Rows to draw from.</param>
    /// <param name="isSameSplit">Whether the question itself is among them.</param>
    /// <param name="row">Number of the question's row: each has a draw of its own, whatever other questions are asked.</param>
    /// <param name="shots">Number of examples.</param>
    /// <param name="seed">Of the draw.</param>
    public static string Draw(TaskDefinition task, IReadOnlyList<TaskRow> pool, bool isSameSplit, int row, int shots, int seed)
    {
        int available = pool.Count - (isSameSplit ? 1 : 0);
        if (shots > available)
        {
            throw new ArtifactException(FormattableString.Invariant($"Task '{task.Name}' is to show {shots} examples, but there are {available} to draw from. Add the split '{task.ShotsSplit}' to the data, or lower the number of examples (shots)."));
        }

        var random = new Random(unchecked((seed * 1_000_003) + row));
        var drawn = new List<int>();
        while (drawn.Count < shots)
        {
            int next = random.Next(pool.Count);
            if (!drawn.Contains(next) && !(isSameSplit && pool[next].Number == row))
            {
                drawn.Add(next);
            }
        }

        return Join(task.Description, drawn.Select(i => TaskExample.Parse(task, pool[i]).Shown(task)));
    }

    /// <summary>The same from written examples.</summary>
    /// <param name="task">The task.</param>
    /// <param name="text">Contents of its file; all up to a line of five hyphens is left out.</param>
    /// <param name="shots">Number of examples, the first ones.</param>
    public static string Written(TaskDefinition task, string text, int shots)
    {
        text = text.ReplaceLineEndings("\n");
        int start = text.IndexOf(Canary, StringComparison.Ordinal);
        string body = text[(start < 0 ? 0 : start + Canary.Length)..].Trim();
        if (task.ShotsReplace is { } expression)
        {
            body = TaskDefinition.Pattern(expression).Replace(body, task.ShotsWith);
        }

        string[] parts = Regex.Split(body, @"\n\n(?=Q: )", RegexOptions.CultureInvariant);
        return shots < parts.Length ? Join(parts[0], parts.Skip(1).Take(shots))
            : throw new ArtifactException(FormattableString.Invariant($"'{task.ShotsFile}' holds {parts.Length - 1} examples for task '{task.Name}', {shots} were asked for. Lower the number of examples (shots)."));
    }

    private static string Join(string description, IEnumerable<string> examples)
    {
        string[] parts = [.. examples.Prepend(description).Where(p => p.Length > 0)];
        return parts.Length == 0 ? "" : string.Join(Separator, parts) + Separator;
    }
}
