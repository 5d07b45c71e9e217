namespace FuseSharp.Tokenizers.Jinja;

/// <summary>What can stand behind <c>is</c>.</summary>
internal static class TemplateTests
{
    /// <summary>Whether a test holds.</summary>
    public static bool Holds(TemplateRun run, string name, object? value, IReadOnlyList<object?> arguments)
    {
        run.Count(0);
        object? Argument() => arguments.Count == 1 ? arguments[0] : throw new TemplateException(0, $"tests '{name}' without the one value it needs");
        bool Compares(string sign) => TemplateOperators.Apply(run, sign, value, Argument()) is true;
        return name switch
        {
            "defined" => value is not Undefined,
            "undefined" => value is Undefined,
            "none" => value is null,
            "true" => value is true,
            "false" => value is false,
            "boolean" => value is bool,
            "string" => value is string,
            "number" => value is long or double or bool,
            "integer" => value is long,
            "float" => value is double,
            "mapping" => value is TemplateMapping { IsNamespace: false },
            "iterable" or "sequence" => value is string or List<object?> or TemplateMapping { IsNamespace: false } or Undefined,
            "callable" => value is TemplateFunction,
            "odd" => TemplateOperators.Apply(run, "%", value, 2L) is 1L or 1.0,
            "even" => TemplateOperators.Apply(run, "%", value, 2L) is 0L or 0.0,
            "divisibleby" => TemplateOperators.Apply(run, "%", value, Argument()) is 0L or 0.0,
            "lower" => PythonCase.IsLower(run.CountedText(value)),
            "upper" => PythonCase.IsUpper(run.CountedText(value)),
            "sameas" => value is string or List<object?> or TemplateMapping ? ReferenceEquals(value, Argument()) : value?.GetType() == Argument()?.GetType() && Equals(value, Argument()),
            "equalto" or "eq" or "==" => Compares("=="),
            "ne" or "!=" => Compares("!="),
            "in" => Compares("in"),
            "lt" or "lessthan" or "<" => Compares("<"),
            "gt" or "greaterthan" or ">" => Compares(">"),
            "le" or "<=" => Compares("<="),
            "ge" or ">=" => Compares(">="),
            _ => throw new TemplateException(0, $"asks whether something is '{name}', which is not known"),
        };
    }
}
