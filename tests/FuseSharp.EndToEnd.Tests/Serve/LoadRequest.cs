using System.Text;
using System.Text.Json;

namespace FuseSharp.EndToEnd.Tests.Serve;

/// <summary>A request of a load: what is sent, and what becomes of it.</summary>
/// <param name="Path">Below the server's address.</param>
/// <param name="Body">JSON, or what pretends to be.</param>
/// <param name="Status">Of a right answer.</param>
/// <param name="Leaves">Whether its client hangs up before the end.</param>
internal sealed record LoadRequest(string Path, string Body, int Status, bool Leaves)
{
    private static readonly string[] _broken =
    [
        "{\"prompt\": \"ab", "[]", "null", "{\"prompt\": \"\\ud800\"}", "{\"prompt\": {\"a\": 1}}", "{\"prompt\": \"ab\", \"max_tokens\": -1}", "{\"prompt\": \"ab\", \"n\": 9999}",
        "{\"prompt\": \"ab\", \"guided_regex\": \"a+\"}", "{\"prompt\": [1, -1]}", "{\"prompt\": [[1], 2]}", new string('[', 5000),
    ];

    /// <summary>Whether its answer is the one that it gets alone.</summary>
    public bool IsHealthy => Status == 200 && !Leaves;

    /// <summary>Requests that can be answered, each of another kind; their answers alone are what they must be in company.</summary>
    public static LoadRequest[] Healthy { get; } =
    [
        .. Enumerable.Range(1, 12).Select(i => Of(new { prompt = new string('a', i) + "b", temperature = 0, max_tokens = 4 + i })),
        .. Enumerable.Range(1, 6).Select(i => Of(new { prompt = "ab a", seed = i, n = 3, temperature = 1.3, max_tokens = 8 })),
        .. Enumerable.Range(1, 4).Select(i => Of(new { prompt = new string('b', 10 * i), temperature = 0, max_tokens = 12, stream = true })),
        .. Enumerable.Range(1, 4).Select(i => Of(new { prompt = new[] { Enumerable.Repeat(260, i), Enumerable.Repeat(261, 9) }, max_tokens = 0, echo = true, logprobs = 1 })),
        .. Enumerable.Range(1, 4).Select(i => Of(new { messages = new[] { new { role = "user", content = new string('a', i) } }, temperature = 0, max_tokens = 6 }, "v1/chat/completions")),
    ];

    /// <summary>The requests of a load: a third hangs up, some ask for NaN, are no JSON or are far too large, the others are healthy.</summary>
    /// <param name="random">Draws them.</param>
    public static LoadRequest Draw(Random random) => random.Next(12) switch
    {
        0 or 1 => Of(new { prompt = "ab", n = 1 + random.Next(64), max_tokens = 100 }) with { Leaves = true },
        2 => Of(new { prompt = "b", max_tokens = 100, stream = true }) with { Leaves = true },
        3 => Of(new { prompt = Enumerable.Repeat(Enumerable.Repeat(260, 100), 64), max_tokens = 0, echo = true, logprobs = 1 }) with { Leaves = true },
        4 => random.Next(2) == 0
            ? Of(new { prompt = "c", max_tokens = 4 }) with { Status = 500 } // its embedding is NaN
            : Of(new { prompt = "acb", max_tokens = 0, echo = true, logprobs = 1 }) with { Status = 500 },
        5 => new LoadRequest("v1/completions", _broken[random.Next(_broken.Length)], 400, Leaves: false),
        6 => TooLarge(random.Next(8)) with { Status = 400 },
        _ => Healthy[random.Next(Healthy.Length)],
    };

    /// <summary>What must be the same alone and in company: the texts, without ids and times; of a stream all of it together.</summary>
    public static string Compared(string answer)
    {
        if (!answer.StartsWith("data: ", StringComparison.Ordinal))
        {
            return string.Join('\n', JsonSerializer.Deserialize<JsonElement>(answer).GetProperty("choices").EnumerateArray()
                .Select(c => (c.TryGetProperty("text", out var text) ? text : c.GetProperty("message").GetProperty("content")).GetString()));
        }

        var joined = new StringBuilder();
        foreach (string line in answer.Split("\n\n", StringSplitOptions.RemoveEmptyEntries).Where(l => l.StartsWith("data: {", StringComparison.Ordinal)))
        {
            joined.Append(JsonSerializer.Deserialize<JsonElement>(line["data: ".Length..]).GetProperty("choices")[0].GetProperty("text").GetString());
        }

        return joined.ToString();
    }

    private static LoadRequest TooLarge(int kind) => kind switch
    {
        0 => Of(new { prompt = new string('a', 1_000_000) }),
        1 => Of(new { prompt = Enumerable.Repeat(260, 200_000) }),
        2 => Of(new { messages = new[] { new { role = "user", content = new string('b', 500_000) } } }, "v1/chat/completions"),
        _ => Of(new { prompt = new string('a', 400) }),
    };

    private static LoadRequest Of(object body, string path = "v1/completions") => new(path, JsonSerializer.Serialize(body), 200, Leaves: false);
}
