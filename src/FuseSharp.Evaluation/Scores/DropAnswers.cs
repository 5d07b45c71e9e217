using System.Text.Json;

namespace FuseSharp.Evaluation.Scores;

/// <summary>The accepted answers of a DROP row, each a list of spans: a number, a date or spans of the passage.</summary>
public static class DropAnswers
{
    /// <summary>The row's answer and its validated answers, without repetitions.</summary>
    /// <param name="answer">The answer.</param>
    /// <param name="row">All fields; those of <c>validated_answers</c> are read where they are there.</param>
    public static IReadOnlyList<IReadOnlyList<string>> Parse(JsonElement answer, JsonElement row)
    {
        var answers = new List<IReadOnlyList<string>>();
        foreach (var given in Validated(row).Prepend(answer))
        {
            string[] spans = SpansOf(given);
            if (spans.Any(s => s.Trim().Length > 0) && !answers.Any(a => a.SequenceEqual(spans)))
            {
                answers.Add(spans);
            }
        }

        return answers.Count > 0 ? answers : [[""]];
    }

    // Hugging Face's Parquet turns a list of answers into an answer of lists.
    private static IEnumerable<JsonElement> Validated(JsonElement row)
    {
        if (!row.TryGetProperty("validated_answers", out var validated))
        {
            return [];
        }

        return validated.ValueKind == JsonValueKind.Array ? validated.EnumerateArray()
            : validated.ValueKind == JsonValueKind.Object && validated.TryGetProperty("number", out var numbers) && numbers.ValueKind == JsonValueKind.Array
                ? Enumerable.Range(0, numbers.GetArrayLength()).Select(i => Turned(validated, i))
                : [];
    }

    private static JsonElement Turned(JsonElement lists, int index)
        => JsonSerializer.SerializeToElement(lists.EnumerateObject()
            .Where(p => p.Name is "number" or "date" or "spans" && p.Value.ValueKind == JsonValueKind.Array && index < p.Value.GetArrayLength())
            .ToDictionary(p => p.Name, p => p.Value[index]));

    private static string[] SpansOf(JsonElement answer)
    {
        string Text(JsonElement parent, string name)
            => parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(name, out var value) ? value.ValueKind == JsonValueKind.String ? value.GetString()! : value.ValueKind == JsonValueKind.Number ? value.GetRawText() : "" : "";
        if (Text(answer, "number") is { Length: > 0 } number)
        {
            return [number];
        }

        if (answer.TryGetProperty("spans", out var spans) && spans.ValueKind == JsonValueKind.Array && spans.GetArrayLength() > 0)
        {
            return [.. spans.EnumerateArray().Select(s => s.GetString() ?? "")];
        }

        return answer.TryGetProperty("date", out var date) ? [string.Join(' ', new[] { Text(date, "day"), Text(date, "month"), Text(date, "year") }).Trim()] : [""];
    }
}
