using System.Text.Json;
using FuseSharp.Core.Errors;

namespace FuseSharp.Core.Evaluate.Code;

/// <summary>A programming problem of HumanEval or MultiPL-E.</summary>
/// <param name="Name">Such as <c>HumanEval/0</c>.</param>
/// <param name="Language">As MultiPL-E names it.</param>
/// <param name="Prompt">The beginning of the program.</param>
/// <param name="Tests">What stands behind the model's part.</param>
/// <param name="Stops">Texts at which the model's part ends.</param>
public sealed record CodeProblem(string Name, string Language, string Prompt, string Tests, IReadOnlyList<string> Stops)
{
    // Those of HumanEval's paper (Chen et al. 2021): what begins something new at the left margin.
    private static readonly string[] _pythonStops = ["\nclass", "\ndef", "\n#", "\nif", "\nprint"];

    /// <summary>Reads a file: .jsonl or .parquet with the fields of either benchmark.</summary>
    /// <param name="file">The file.</param>
    /// <param name="limit">Most problems, the first ones.</param>
    /// <exception cref="ArtifactException">It is missing, or a row has other fields.</exception>
    public static IReadOnlyList<CodeProblem> Read(string file, int limit = int.MaxValue)
        => [.. TaskRows.Read(Path.GetDirectoryName(Path.GetFullPath(file))!, [Path.GetFileName(file)], "test", null, limit).Select(Of)];

    /// <summary>The whole program around what a model wrote.</summary>
    public string ProgramOf(string completion) => $"{Prompt}{completion}\n{Tests}\n";

    private static CodeProblem Of(TaskRow row)
    {
        string Text(string field) => row.Fields.TryGetProperty(field, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()!
            : throw new ArtifactException($"{row.Place} has no text '{field}'. Expected HumanEval's task_id, prompt, entry_point and test, or MultiPL-E's name, language, prompt, tests and stop_tokens.");
        return row.Fields.TryGetProperty("entry_point", out _)
            ? new CodeProblem(Text("task_id"), "py", Text("prompt"), $"{Text("test")}\ncheck({Text("entry_point")})", _pythonStops)
            : new CodeProblem(Text("name"), Text("language"), Text("prompt"), Text("tests"), StopsOf(row.Fields));
    }

    private static string[] StopsOf(JsonElement fields)
        => fields.TryGetProperty("stop_tokens", out var list) && list.ValueKind == JsonValueKind.Array ? [.. list.EnumerateArray().Where(s => s.ValueKind == JsonValueKind.String).Select(s => s.GetString()!)] : [];
}
