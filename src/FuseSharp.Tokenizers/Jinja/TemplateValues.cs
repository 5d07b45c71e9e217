namespace FuseSharp.Tokenizers.Jinja;

/// <summary>What templates do with values, as Python does.</summary>
internal static class TemplateValues
{
    /// <summary>Whether a value counts as true.</summary>
    public static bool IsTrue(object? value)
        => value switch
        {
            null or Undefined or false or 0L or 0.0 or "" => false,
            List<object?> list => list.Count > 0,
            TemplateMapping { IsNamespace: false } mapping => mapping.Count > 0,
            _ => true,
        };

    /// <summary>How a value is written.</summary>
    public static string Text(TemplateRun run, object? value)
        => value switch
        {
            string text => text,
            Undefined => "",
            _ => ValueWriter.Representation(run, value),
        };

    /// <summary>What to call a value in messages.</summary>
    public static string KindOf(object? value)
        => value switch
        {
            null => "none",
            Undefined => "something undefined",
            bool => "true or false",
            long or double => "a number",
            string => "a text",
            List<object?> => "a list",
            TemplateMapping => "a mapping",
            TemplateLoop => "a loop",
            _ => "a function",
        };

    /// <summary>The items that a loop takes; not to be changed.</summary>
    public static List<object?> Items(TemplateRun run, object? value)
    {
        run.CountItems(value is List<object?> ? 0 : value is string text ? text.Length : value is TemplateMapping mapped ? mapped.Count : 0);
        return value switch
        {
            List<object?> list => list,
            TemplateMapping { IsNamespace: false } mapping => [.. mapping.Keys],
            string characters => PythonText.Characters(characters),
            Undefined => [],
            _ => throw new TemplateException(0, $"goes through {KindOf(value)}"),
        };
    }

    /// <summary>Number of characters, items or keys.</summary>
    public static long Length(object? value)
        => value switch
        {
            string text => PythonText.Length(text),
            List<object?> list => list.Count,
            TemplateMapping { IsNamespace: false } mapping => mapping.Count,
            Undefined => 0,
            _ => throw new TemplateException(0, $"asks for the length of {KindOf(value)}"),
        };

    /// <summary>A member: of a mapping by key, of a list or text by place; methods.</summary>
    /// <param name="run">Counts.</param>
    /// <param name="owner">Whose.</param>
    /// <param name="key">Which.</param>
    /// <param name="isAttribute">Written with a point: methods go before keys.</param>
    public static object? Member(TemplateRun run, object? owner, object? key, bool isAttribute = false)
    {
        switch (owner, key)
        {
            case (Undefined, _):
                throw new TemplateException(0, $"asks {KindOf(owner)} for '{run.Text(key)}'");
            case (TemplateMapping mapping, string name):
                return isAttribute && !mapping.IsNamespace && TemplateMethods.Find(run, owner, name) is { } method ? method
                    : mapping.TryGetValue(name, out object? value) ? value
                    : mapping.IsNamespace ? Undefined.Value : TemplateMethods.Find(run, owner, name) ?? (object)Undefined.Value;
            case (List<object?> list, long or bool):
                long place = PythonNumber.Whole(key)!.Value;
                return place < list.Count && place >= -list.Count ? list[(int)(place < 0 ? place + list.Count : place)] : Undefined.Value;
            case (string text, long or bool):
                return CharacterAt(text, PythonNumber.Whole(key)!.Value);
            case (TemplateLoop loop, string name):
                return loop.Member(run, name);
            case (string or List<object?>, string name):
                return TemplateMethods.Find(run, owner, name) ?? (object)Undefined.Value;
            default:
                return Undefined.Value;
        }
    }

    /// <summary>A member of a member, by names with points between, as filters take them.</summary>
    /// <param name="run">Counts.</param>
    /// <param name="value">The outermost owner.</param>
    /// <param name="path">The names, or a place.</param>
    /// <param name="otherwise">What stands for a member that is not there; null for nothing.</param>
    public static object? Attribute(TemplateRun run, object? value, object? path, object? otherwise = null)
    {
        if (path is not string names)
        {
            return Member(run, value, path);
        }

        foreach (string name in names.Split('.'))
        {
            value = Member(run, value, name.Length > 0 && name.All(char.IsAsciiDigit) && long.TryParse(name, System.Globalization.CultureInfo.InvariantCulture, out long place) ? place : name);
            value = value is Undefined && otherwise is not null ? otherwise : value;
        }

        return value;
    }

    private static object CharacterAt(string text, long place)
    {
        if (place < 0)
        {
            place += PythonText.Length(text);
        }

        int at = PythonText.OffsetOf(text, place);
        return place >= 0 && at < text.Length ? text.Substring(at, PythonText.WidthAt(text, at)) : Undefined.Value;
    }
}
