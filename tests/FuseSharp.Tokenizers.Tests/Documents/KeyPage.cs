using System.Reflection;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using FuseSharp.Errors;
using FuseSharp.Testing;

namespace FuseSharp.Tokenizers.Tests.Documents;

/// <summary>A table of docs/keys.md: rows of verdict, keys and reason. Keys stand in backquotes by name, refused ones as <c>"key": value</c> that a test tries.</summary>
internal sealed partial class KeyPage
{
    private readonly (string Verdict, string Code)[] _cells;

    /// <summary>Reads the table of a section.</summary>
    /// <param name="title">The section's heading, such as <c>config.json</c>.</param>
    public KeyPage(string title)
    {
        var lines = File.ReadLines(Path.Combine(GoldenFile.Repository, "docs/keys.md"));
        _cells = [.. lines.SkipWhile(l => l != $"## {title}").Skip(1).TakeWhile(l => !l.StartsWith("## ", StringComparison.Ordinal))
            .Select(l => l.Split(" | ")).Where(c => c.Length == 3)
            .SelectMany(c => Code().Matches(c[1]).Select(m => (c[0].TrimStart('|', ' '), m.Groups[1].Value)))];
        Assert.NotEmpty(_cells);
    }

    /// <summary>The names of a verdict, sorted.</summary>
    /// <param name="verdict"><c>honoured</c>, <c>ignored</c> or <c>refused</c>.</param>
    public IEnumerable<string> Names(string verdict)
        => _cells.Where(c => c.Verdict == verdict).Select(c => c.Code.StartsWith('"') ? Parse(c.Code).First().Key : c.Code).Order(StringComparer.Ordinal);

    /// <summary>What the page says is refused, each as an object of one key.</summary>
    public IEnumerable<JsonObject> Refused => _cells.Where(c => c.Verdict == "refused").Select(c => Parse(c.Code));

    /// <summary>A private list of names in the code, or the names in a list of pairs.</summary>
    public static IEnumerable<string> Listed(Type type, string field) => type.GetField(field, BindingFlags.NonPublic | BindingFlags.Static)!.GetValue(null) switch
    {
        IEnumerable<string> names => names,
        IEnumerable<(string Key, string)> pairs => pairs.Select(p => p.Key),
        IEnumerable<(string Key, double)> pairs => pairs.Select(p => p.Key),
        var other => throw new InvalidOperationException($"{type.Name}.{field} is {other}."),
    };

    /// <summary>An object in which the values of another replace or join its own.</summary>
    public static JsonObject With(JsonObject json, JsonObject other)
    {
        var result = (JsonObject)json.DeepClone();
        foreach (var (key, value) in other)
        {
            result[key] = value is JsonObject inner && result[key] is JsonObject own ? With(own, inner) : value?.DeepClone();
        }

        return result;
    }

    /// <summary>Compares names of the code with names of the page, in any order.</summary>
    public static void Same(IEnumerable<string> code, IEnumerable<string> page)
    {
        string[] known = [.. code.Distinct()];
        string[] written = [.. page];
        Assert.Equal("", string.Join(", ", known.Except(written).Order(StringComparer.Ordinal).Select(k => $"'{k}' is not on docs/keys.md")));
        Assert.Equal("", string.Join(", ", written.Except(known).Order(StringComparer.Ordinal).Select(k => $"'{k}' on docs/keys.md is not in the code")));
        Assert.Equal("", string.Join(", ", written.CountBy(k => k).Where(c => c.Value > 1).Select(c => $"'{c.Key}' is twice on docs/keys.md")));
    }

    /// <summary>Whether reading ends with a fault for the user.</summary>
    public static bool IsRefused(Action read)
    {
        try
        {
            read();
            return false;
        }
        catch (FuseSharpException)
        {
            return true;
        }
    }

    private static JsonObject Parse(string code) => (JsonObject)JsonNode.Parse($"{{{code}}}")!;

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Code();
}
