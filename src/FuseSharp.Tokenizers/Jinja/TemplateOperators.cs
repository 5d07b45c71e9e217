namespace FuseSharp.Tokenizers.Jinja;

/// <summary>Operators between two values, as in Python; whole numbers are those of 64 bits, and what leaves them is a fault.</summary>
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
            "<" => Order(run, left, right) < 0 && !HasNan(left, right),
            ">" => Order(run, left, right) > 0 && !HasNan(left, right),
            "<=" => Order(run, left, right) <= 0 && !HasNan(left, right),
            ">=" => Order(run, left, right) >= 0 && !HasNan(left, right),
            "~" => Join(run, run.Text(left), run.Text(right)),
            "+" when left is string a && right is string b => Join(run, a, b),
            "+" when left is TemplateTuple a && right is TemplateTuple b => new TemplateTuple(run.Counted([.. a, .. b])),
            "+" when left is List<object?> and not TemplateTuple && right is List<object?> and not TemplateTuple => run.Counted([.. (List<object?>)left, .. (List<object?>)right]),
            "%" when left is string format => PythonFormat.Percent(run, format, right),
            "*" when left is string or List<object?> && PythonNumber.Whole(right) is { } times => Repeated(run, left, times),
            "*" when right is string or List<object?> && PythonNumber.Whole(left) is { } times => Repeated(run, right, times),
            _ when PythonNumber.Whole(left) is { } a && PythonNumber.Whole(right) is { } b => Whole(sign, a, b),
            _ => Real(sign, left, right),
        };

    /// <summary>Whether two values are the same to a template.</summary>
    public static bool AreEqual(TemplateRun run, object? left, object? right)
    {
        run.CountCharacters(1);
        return (left, right) switch
        {
            (string a, string b) => a.Length == b.Length && run.CountCharacters(a.Length) && string.Equals(a, b, StringComparison.Ordinal),
            (TemplateTuple, List<object?> and not TemplateTuple) or (List<object?> and not TemplateTuple, TemplateTuple) => false,
            (List<object?> a, List<object?> b) => a.Count == b.Count && AreItemsEqual(run, a, b),
            (TemplateMapping a, TemplateMapping b) => ReferenceEquals(a, b) || (!a.IsNamespace && !b.IsNamespace && a.Count == b.Count && AreEntriesEqual(run, a, b)),
            (long a, long b) => a == b,
            _ => PythonNumber.From(left) is { } x && PythonNumber.From(right) is { } y ? x == y : Equals(left, right),
        };
    }

    // Apart, so that comparing single values takes no memory.
    private static bool AreItemsEqual(TemplateRun run, List<object?> a, List<object?> b)
    {
        using var level = run.Enter();
        return a.Zip(b).All(p => AreEqual(run, p.First, p.Second));
    }

    private static bool AreEntriesEqual(TemplateRun run, TemplateMapping a, TemplateMapping b)
    {
        using var level = run.Enter();
        return a.All(e => b.TryGetValue(e.Key, out object? other) && AreEqual(run, e.Value, other));
    }

    private static int OrderOfItems(TemplateRun run, List<object?> a, List<object?> b)
    {
        using var level = run.Enter();
        return a.Zip(b, (x, y) => AreEqual(run, x, y) ? 0 : Order(run, x, y)).FirstOrDefault(o => o != 0) is var order && order != 0 ? order : a.Count.CompareTo(b.Count);
    }

    /// <summary>Below 0 where the first of two values goes before the second, above 0 behind it.</summary>
    public static int Order(TemplateRun run, object? left, object? right)
    {
        run.CountCharacters(1);
        switch (left, right)
        {
            case (string a, string b):
                run.CountCharacters(Math.Min(a.Length, b.Length));
                return PythonText.Compare(a, b);
            case (List<object?> a, List<object?> b) when a is TemplateTuple == b is TemplateTuple:
                return OrderOfItems(run, a, b);
            default:
                return PythonNumber.Whole(left) is { } i && PythonNumber.Whole(right) is { } j ? i.CompareTo(j)
                    : PythonNumber.From(left) is { } p && PythonNumber.From(right) is { } q ? p.CompareTo(q)
                    : throw Unfit("<", left, right);
        }
    }

    private static bool HasNan(object? left, object? right) => left is double.NaN || right is double.NaN;

    private static bool Contains(TemplateRun run, object? whole, object? part)
    {
        run.CountSize(whole);
        run.CountSize(part);
        return whole switch
        {
            string text => TextSearch.IndexOf(text, part as string ?? throw Unfit("in", part, whole)) >= 0,
            List<object?> list => list.Exists(i => AreEqual(run, i, part)),
            TemplateMapping { IsNamespace: false } mapping => part is string key && mapping.ContainsKey(key),
            Undefined => false,
            _ => throw new TemplateException(0, $"asks whether something is in {TemplateValues.KindOf(whole)}"),
        };
    }

    private static string Join(TemplateRun run, string left, string right)
    {
        run.CountCharacters((long)left.Length + right.Length);
        return left + right;
    }

    private static object Repeated(TemplateRun run, object value, long times)
    {
        times = Math.Clamp(times, 0, int.MaxValue);
        if (value is string text)
        {
            run.CountCharacters(times * text.Length);
            return new System.Text.StringBuilder().Insert(0, text, text.Length == 0 ? 0 : (int)times).ToString();
        }

        var list = (List<object?>)value;
        run.CountItems(times * list.Count);
        var items = list.Count == 0 ? [] : Enumerable.Repeat(list, (int)times).SelectMany(l => l);
        return list is TemplateTuple ? new TemplateTuple(items) : items.ToList();
    }

    private static object Whole(string sign, long x, long y)
    {
        try
        {
            return sign switch
            {
                "+" => (object)checked(x + y),
                "-" => checked(x - y),
                "*" => checked(x * y),
                "/" when y != 0 => (double)x / y,
                "//" when y != 0 => checked((x / y) - (x % y != 0 && (x < 0) != (y < 0) ? 1 : 0)),
                "%" when y is 1 or -1 => 0L,
                "%" when y != 0 => (x % y) + (x % y != 0 && (x < 0) != (y < 0) ? y : 0), // Python's remainder has the sign of the divisor
                "**" when y < 0 => Power((double)x, y),
                "**" => Power(x, y),
                _ => throw new TemplateException(0, $"divides by zero with '{sign}'"),
            };
        }
        catch (OverflowException)
        {
            throw new TemplateException(0, $"reaches with '{sign}' a whole number of more than 64 bits");
        }
    }

    private static long Power(long x, long y)
    {
        long result = x is 0 or 1 ? (y == 0 ? 1 : x) : x == -1 ? (y % 2 == 0 ? 1 : -1) : 1;
        for (long i = 0; i < y && x is not (0 or 1 or -1); i++)
        {
            result = checked(result * x);
        }

        return result;
    }

    private static double Power(double x, double y)
        => x == 0 && y < 0 ? throw new TemplateException(0, "divides by zero with '**'")
            : Math.Pow(x, y) is var power && double.IsNaN(power) && !double.IsNaN(x) && !double.IsNaN(y) ? throw new TemplateException(0, "gets a result of '**' that is not a real number")
            : power;

    private static double Real(string sign, object? left, object? right)
    {
        if (PythonNumber.From(left) is not { } x || PythonNumber.From(right) is not { } y)
        {
            throw Unfit(sign, left, right);
        }

        return sign switch
        {
            "+" => x + y,
            "-" => x - y,
            "*" => x * y,
            "**" => Power(x, y),
            _ when y == 0 => throw new TemplateException(0, $"divides by zero with '{sign}'"),
            "/" => x / y,
            "//" => Math.Floor(x / y),
            _ => x - (y * Math.Floor(x / y)),
        };
    }

    private static TemplateException Unfit(string sign, object? left, object? right)
        => new(0, $"applies '{sign}' to {TemplateValues.KindOf(left)} and {TemplateValues.KindOf(right)}");
}
