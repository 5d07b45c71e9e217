namespace FuseSharp.Core.Chat.Templates;

/// <summary>What can stand behind <c>is</c>.</summary>
internal static class TemplateTests
{
    /// <summary>Whether a test holds.</summary>
    public static bool Holds(TemplateRun run, string name, object? value, IReadOnlyList<object?> arguments)
        => name switch
        {
            "defined" => value is not Undefined,
            "undefined" => value is Undefined,
            "none" => value is null,
            "true" => value is true,
            "false" => value is false,
            "boolean" => value is bool,
            "string" => value is string,
            "number" => value is long or double,
            "integer" => value is long,
            "float" => value is double,
            "mapping" => value is TemplateMapping,
            "iterable" or "sequence" => value is string or List<object?> or TemplateMapping,
            "callable" => value is TemplateFunction,
            "odd" => value is long number && number % 2 != 0,
            "even" => value is long number && number % 2 == 0,
            "divisibleby" => value is long number && arguments is [long and not 0L and var divisor] && number % (long)divisor! == 0,
            "lower" => value is string text && !text.Any(char.IsUpper),
            "upper" => value is string text && !text.Any(char.IsLower),
            "equalto" or "eq" or "sameas" => TemplateOperators.AreEqual(run, value, arguments.ElementAtOrDefault(0)),
            "ne" => !TemplateOperators.AreEqual(run, value, arguments.ElementAtOrDefault(0)),
            "in" => TemplateOperators.Apply(run, "in", value, arguments.ElementAtOrDefault(0)) is true,
            "lt" or "gt" or "le" or "ge" => TemplateOperators.Apply(run, name switch { "lt" => "<", "gt" => ">", "le" => "<=", _ => ">=" }, value, arguments.ElementAtOrDefault(0)) is true,
            _ => throw new TemplateException(0, $"asks whether something is '{name}', which is not known"),
        };
}
