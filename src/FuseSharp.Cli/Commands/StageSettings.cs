using System.CommandLine;
using FuseSharp.Errors;
using FuseSharp.Options;
using FuseSharp.Storage.Yaml;

namespace FuseSharp.Cli.Commands;

/// <summary>The keys of a recipe that a stage reads, as settings of its command: what <c>run</c> can do, a stage by itself can.</summary>
/// <param name="example">A setting for the help.</param>
/// <param name="keys">Which keys it reads: <c>split.max_length</c>, or all of a group, <c>train.</c>.</param>
internal sealed class StageSettings(string example, params string[] keys)
{
    /// <summary>The option.</summary>
    public Option<string[]> Option { get; } = new("--set")
    {
        Description = $"A key of recipes (docs/recipe.md) and its value: --set {example}. Repeatable. This command reads {string.Join(", ", keys.Select(Shown))}.",
        DefaultValueFactory = _ => [],
    };

    /// <summary>Keys of those groups that it does not read all the same.</summary>
    public IReadOnlyList<string> Except { get; init; } = [];

    /// <summary>The options, checked; what is not set has the default of recipes.</summary>
    /// <exception cref="RecipeException">A key that this stage does not read, or a value out of its range.</exception>
    public StageOptions Read(ParseResult parsed)
    {
        string[] settings = parsed.GetValue(Option) ?? [];
        string[] foreign = [.. settings.Select(s => s.Split('=')[0]).Where(k => !Reads(k))];
        if (foreign.Length > 0)
        {
            throw new RecipeException(string.Join('\n', foreign.Select(k => $"'{k}' is not a key that '{parsed.CommandResult.Command.Name}' reads. It reads {string.Join(", ", keys.Select(Shown))}{(Except.Count == 0 ? "" : $", without {string.Join(", ", Except.Select(Shown))}")}.")));
        }

        var options = YamlRecord.Read<StageOptions>("{}", "--set", "", settings);
        OptionRange.Check(options);
        return options;
    }

    private static string Shown(string key) => key.EndsWith('.') ? key + "*" : key;

    private bool Reads(string key) => Array.Exists(keys, k => Covers(k, key)) && !Except.Any(k => Covers(k, key));

    private static bool Covers(string rule, string key) => key == rule.TrimEnd('.') || (rule.EndsWith('.') && key.StartsWith(rule, StringComparison.Ordinal));
}
