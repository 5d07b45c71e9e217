using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Reflection;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace FuseSharp.Cli.Parsing;

/// <summary>How options are read, the same in every command: numbers with a point in every culture, names as recipes write them, lists with spaces or commas.</summary>
/// <remarks>System.CommandLine would read numbers by the user's culture, where 0.5 can be 5, and say of a wrong one which .NET type was expected.</remarks>
internal static partial class OptionValues
{
    private const string WholeHint = "expected a whole number";
    private const string RealHint = "expected a number such as 0.5 or 1e-5";

    /// <summary>Lets all options of a command and its subcommands be read so.</summary>
    public static void ApplyTo(Command command)
    {
        foreach (var option in command.Options)
        {
            Apply(option);
        }

        foreach (var inner in command.Subcommands)
        {
            ApplyTo(inner);
        }
    }

    /// <summary>Reads one of some names, whatever their case.</summary>
    /// <param name="result">The option with its value.</param>
    /// <param name="values">By their names.</param>
    public static T OneOf<T>(ArgumentResult result, IReadOnlyDictionary<string, T> values)
    {
        string text = result.Tokens[0].Value;
        string name = text.ToLowerInvariant().Replace('-', '_');
        return values.TryGetValue(name, out var value) ? value : Error<T>(result, text, $"expected {string.Join(", ", values.Keys)}");
    }

    /// <summary>The values of an enum as recipes write them: <c>co_occurrence</c>.</summary>
    public static Dictionary<string, T> NamesOf<T>()
        where T : struct, Enum
        => Enum.GetValues<T>().ToDictionary(NameOf);

    /// <summary>Lets help show defaults as they are written.</summary>
    /// <param name="help">As System.CommandLine writes it.</param>
    public static string NamedDefaults(string help) => DefaultValue().Replace(help, m => m.Groups[1].Value + JsonNamingPolicy.SnakeCaseLower.ConvertName(m.Groups[2].Value) + "]");

    private static void Apply(Option option)
    {
        switch (option)
        {
            case Option<double> real:
                real.CustomParser ??= r => Real(r, r.Tokens[0].Value);
                break;
            case Option<double?> real:
                real.CustomParser ??= r => Real(r, r.Tokens[0].Value);
                break;
            case Option<double[]> reals:
                reals.CustomParser ??= r => [.. r.Tokens.SelectMany(t => t.Value.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)).Select(t => Real(r, t))];
                break;
            case Option<int> whole:
                whole.CustomParser ??= r => (int)Whole(r, int.MinValue, int.MaxValue);
                break;
            case Option<int?> whole:
                whole.CustomParser ??= r => (int)Whole(r, int.MinValue, int.MaxValue);
                break;
            case Option<long> whole:
                whole.CustomParser ??= r => Whole(r, long.MinValue, long.MaxValue);
                break;
            case Option<long?> whole:
                whole.CustomParser ??= r => Whole(r, long.MinValue, long.MaxValue);
                break;
            case Option<bool?> flag:
                flag.Arity = ArgumentArity.ExactlyOne; // of other arities the library passes a wrong value on to the arguments
                flag.CustomParser ??= r => OneOf(r, new Dictionary<string, bool> { ["true"] = true, ["false"] = false });
                break;
            default:
                if (option.ValueType.IsEnum)
                {
                    typeof(OptionValues).GetMethod(nameof(ApplyNames), BindingFlags.NonPublic | BindingFlags.Static)!.MakeGenericMethod(option.ValueType).Invoke(null, [option]);
                }

                break;
        }
    }

    private static void ApplyNames<T>(Option<T> option)
        where T : struct, Enum
    {
        var names = NamesOf<T>();
        option.CustomParser ??= r => OneOf(r, names);
        option.HelpName ??= string.Join('|', names.Keys);
        option.CompletionSources.Clear();
        option.CompletionSources.Add([.. names.Keys]);
    }

    private static string NameOf<T>(T value)
        where T : struct, Enum
        => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString());

    private static double Real(ArgumentResult result, string text)
        => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && double.IsFinite(number) ? number : Error<double>(result, text, RealHint);

    private static long Whole(ArgumentResult result, long least, long most)
    {
        string text = result.Tokens[0].Value;
        return long.TryParse(text.Replace("_", "", StringComparison.Ordinal), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number) && number >= least && number <= most
            ? number : Error<long>(result, text, WholeHint);
    }

    private static T Error<T>(ArgumentResult result, string text, string expected)
    {
        result.AddError($"{(result.Parent as OptionResult)?.Option.Name} is '{text}', {expected}.");
        return default!;
    }

    [GeneratedRegex(@"(\[default:\s+)([A-Z]\w*)\]")]
    private static partial Regex DefaultValue();
}
