namespace FuseSharp.Core.Chat.Templates;

/// <summary>Operators between two values, as in Python.</summary>
internal static class TemplateOperators
{
    /// <summary>The value of <c>left sign right</c>.</summary>
    public static object? Apply(TemplateRun run, string sign, object? left, object? right)
        => sign switch
        {
            "==" => AreEqual(run, left, right),
            "!=" => !AreEqual(run, left, right),
            "in" => Contains(run, right, left),
            "not in" => !Contains(run, right, left),
            "<" or ">" or "<=" or ">=" => Compare(sign, left, right),
            "~" => Join(run, run.Text(left), run.Text(right)),
            "+" when left is string a && right is string b => Join(run, a, b),
            "+" when left is List<object?> a && right is List<object?> b => run.Counted([.. a, .. b]),
            "%" or "*" when left is string => throw Unfit(sign, left, right),
            _ when left is double || right is double || sign == "/" => Calculate(sign, left, right),
            _ => (long)Calculate(sign, left, right),
        };

    /// <summary>Whether two values are the same to a template.</summary>
    public static bool AreEqual(TemplateRun run, object? left, object? right)
    {
        run.CountCharacters(1);
        return (left, right) switch
        {
            (List<object?> a, List<object?> b) => a.Count == b.Count && a.Zip(b).All(p => AreEqual(run, p.First, p.Second)),
            (TemplateMapping a, TemplateMapping b) => a.Count == b.Count && a.All(e => b.TryGetValue(e.Key, out object? other) && AreEqual(run, e.Value, other)),
            _ => Number(left) is { } x && Number(right) is { } y ? x == y : Equals(left, right),
        };
    }

    private static bool Contains(TemplateRun run, object? whole, object? part)
    {
        run.CountSize(whole);
        return whole switch
        {
            string text => part is string piece && text.Contains(piece, StringComparison.Ordinal),
            List<object?> list => list.Exists(i => AreEqual(run, i, part)),
            TemplateMapping mapping => part is string key && mapping.ContainsKey(key),
            Undefined => false,
            _ => throw new TemplateException(0, $"asks whether something is in {TemplateValues.KindOf(whole)}"),
        };
    }

    private static string Join(TemplateRun run, string left, string right)
    {
        run.CountCharacters((long)left.Length + right.Length);
        return left + right;
    }

    private static bool Compare(string sign, object? left, object? right)
    {
        int order = left is string a && right is string b ? string.CompareOrdinal(a, b)
            : Number(left) is { } x && Number(right) is { } y ? x.CompareTo(y)
            : throw Unfit(sign, left, right);
        return sign switch { "<" => order < 0, ">" => order > 0, "<=" => order <= 0, _ => order >= 0 };
    }

    private static double Calculate(string sign, object? left, object? right)
    {
        if (Number(left) is not { } x || Number(right) is not { } y || (sign is "/" or "//" or "%" && y == 0))
        {
            throw Unfit(sign, left, right);
        }

        return sign switch
        {
            "+" => x + y,
            "-" => x - y,
            "*" => x * y,
            "/" => x / y,
            "//" => Math.Floor(x / y),
            _ => x - (y * Math.Floor(x / y)), // Python's remainder has the sign of the divisor
        };
    }

    private static double? Number(object? value) => value switch { bool flag => flag ? 1 : 0, long number => number, double number => number, _ => null };

    private static TemplateException Unfit(string sign, object? left, object? right)
        => new(0, $"applies '{sign}' to {TemplateValues.KindOf(left)} and {TemplateValues.KindOf(right)}");
}
