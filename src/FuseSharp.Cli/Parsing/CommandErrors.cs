using System.CommandLine;
using System.CommandLine.Parsing;
using FuseSharp.Errors;

namespace FuseSharp.Cli.Parsing;

/// <summary>What is wrong with a command line, in words of our own: unknown commands and options with what may be meant, and what is missing.</summary>
internal static class CommandErrors
{
    /// <summary>All faults, a line each.</summary>
    /// <param name="parsed">The command line.</param>
    public static IReadOnlyList<string> Find(ParseResult parsed)
    {
        var command = parsed.CommandResult.Command;
        if (command.Subcommands.Count > 0)
        {
            return [UnknownCommand(command, parsed.UnmatchedTokens.Count > 0 ? parsed.UnmatchedTokens[0] : null)];
        }

        string[] strangers = [.. StrangersOf(parsed)];
        string?[] meant = [.. strangers.Select(s => NearWord.Find(s, OptionsOf(command)))];
        return
        [
            .. strangers.Zip(meant, (s, m) => $"'{s}' is an unknown option of '{command.Name}'.{(m is null ? "" : $" Did you mean '{m}'?")}"),
            .. strangers.Length > 0 ? [] : parsed.UnmatchedTokens.Select(t => $"'{t}' is one argument too many for '{command.Name}'."),
            .. parsed.Errors.Select(ErrorOf).OfType<string>(),
            .. strangers.Length > 0 ? [] : Missing(parsed, command),
        ];
    }

    private static string UnknownCommand(Command command, string? word)
    {
        string[] known = [.. command.Subcommands.Where(c => !c.Hidden).Select(c => c.Name)];
        return word is null ? $"'{command.Name}' needs a command: {string.Join(", ", known)}."
            : NearWord.Find(word, known) is { } meant ? $"There is no command '{word}'. Did you mean '{meant}'?"
            : $"There is no command '{word}'. There are {string.Join(", ", known)}.";
    }

    // System.CommandLine takes an unknown option for an argument, or for one more value of the option before it.
    private static IEnumerable<string> StrangersOf(ParseResult parsed)
    {
        if (parsed.Tokens.Any(t => t.Type == TokenType.DoubleDash))
        {
            return [];
        }

        var command = parsed.CommandResult.Command;
        var taken = command.Arguments.Select(a => parsed.GetResult(a)?.Tokens)
            .Concat(command.Options.Where(o => o.AllowMultipleArgumentsPerToken).Select(o => parsed.GetResult(o)?.Tokens)).OfType<IEnumerable<Token>>().SelectMany(t => t).Select(t => t.Value);
        return parsed.UnmatchedTokens.Concat(taken).Where(IsOption).Distinct();
    }

    private static bool IsOption(string token) => token.Length > 1 && token[0] == '-' && !char.IsAsciiDigit(token[1]) && token[1] != '.';

    private static IEnumerable<string> OptionsOf(Command command) => command.Options.Where(o => !o.Hidden).Select(o => o.Name);

    // Of options that are there: what our own parsers say, or that the value is missing.
    private static string? ErrorOf(ParseError error)
    {
        var result = error.SymbolResult as OptionResult ?? error.SymbolResult?.Parent as OptionResult;
        return result is null or { IdentifierTokenCount: 0 } ? null
            : result.Tokens.Count == 0 ? $"{result.Option.Name} needs a value: {result.Option.Description}"
            : result.Tokens.Count > result.Option.Arity.MaximumNumberOfValues || (result.IdentifierTokenCount > 1 && result.Option.Arity.MaximumNumberOfValues == 1)
                ? $"{result.Option.Name} takes one value, not '{string.Join("', '", result.Tokens.Select(t => t.Value))}'."
            : error.Message;
    }

    private static IEnumerable<string> Missing(ParseResult parsed, Command command)
        => [
            .. command.Arguments.Where(a => a.Arity.MinimumNumberOfValues > 0 && parsed.GetResult(a) is null or { Tokens.Count: 0 })
                .Select(a => $"'{command.Name}' needs {a.Name.ToUpperInvariant()}: {a.Description}"),
            .. command.Options.Where(o => o.Required && parsed.GetResult(o) is null or { IdentifierTokenCount: 0 }).Select(o => $"'{command.Name}' needs {o.Name}: {o.Description}"),
        ];
}
