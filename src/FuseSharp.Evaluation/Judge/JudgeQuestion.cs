using FuseSharp.Errors;
using FuseSharp.Evaluation.Tasks;


namespace FuseSharp.Evaluation.Judge;

/// <summary>A question of Vicuna Bench.</summary>
/// <param name="Id">Its number.</param>
/// <param name="Category">Such as <c>writing</c>.</param>
/// <param name="Text">Its first turn.</param>
/// <param name="Reference">An answer that is known to be right; null for none.</param>
public sealed record JudgeQuestion(int Id, string Category, string Text, string? Reference)
{
    /// <summary>Name of the benchmark among the tasks.</summary>
    public const string Task = "vicuna";

    /// <summary>Where the benchmark's files lie.</summary>
    /// <param name="data">The folder with all benchmarks' data.</param>
    /// <exception cref="ArtifactException">They are not there.</exception>
    public static string FolderOf(string data)
    {
        var places = TaskDefinition.Find(Task).Data;
        return Path.GetDirectoryName(places.Select(p => Path.Combine(data, p)).FirstOrDefault(File.Exists)
            ?? throw new ArtifactException($"'{data}' holds no {string.Join(" or ", places)}. Get the files that Vicuna Bench's authors published."))!;
    }

    /// <summary>Reads the files that the benchmark's authors published.</summary>
    /// <param name="folder">With <c>question.jsonl</c> and, where there are reference answers, <c>reference_answer*.jsonl</c>.</param>
    /// <exception cref="ArtifactException">A file is missing or a row has other fields.</exception>
    public static IReadOnlyList<JudgeQuestion> Read(string folder)
    {
        var references = new Dictionary<int, string>();
        foreach (string file in Directory.Exists(folder) ? Directory.GetFiles(folder, "reference_answer*.jsonl") : [])
        {
            foreach (var row in TaskRows.Read(folder, [Path.GetFileName(file)], "test", null))
            {
                references[Id(row)] = Required(row, () => row.Fields.GetProperty("choices")[0].GetProperty("turns")[0].GetString());
            }
        }

        return [.. TaskRows.Read(folder, ["question.jsonl"], "test", null).Select(row => new JudgeQuestion(
            Id(row), Required(row, () => row.Fields.GetProperty("category").GetString()), Required(row, () => row.Fields.GetProperty("turns")[0].GetString()), references.GetValueOrDefault(Id(row))))];

        static int Id(TaskRow row) => int.Parse(Required(row, () => row.Fields.GetProperty("question_id").GetRawText()), System.Globalization.CultureInfo.InvariantCulture);
    }

    private static string Required(TaskRow row, Func<string?> read)
    {
        try
        {
            return read() ?? throw new KeyNotFoundException();
        }
        catch (Exception fault) when (fault is KeyNotFoundException or InvalidOperationException or IndexOutOfRangeException)
        {
            throw new ArtifactException($"{row.Place} is not a question of Vicuna Bench. Expected question_id, category and turns, or question_id and choices of turns.", fault);
        }
    }
}
