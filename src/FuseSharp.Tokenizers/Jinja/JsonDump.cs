using System.Globalization;
using System.Text;

namespace FuseSharp.Tokenizers.Jinja;

/// <summary>Writes values as Python's <c>json.dumps</c> does.</summary>
/// <param name="run">Counts what is written, before it is.</param>
/// <param name="isAscii">Whether other characters are escaped.</param>
/// <param name="indent">What stands a level at a line's start; null for one line.</param>
/// <param name="itemSeparator">Between items.</param>
/// <param name="keySeparator">Between key and value.</param>
/// <param name="sortsKeys">Whether mappings are written in the order of their keys.</param>
internal sealed class JsonDump(TemplateRun run, bool isAscii, string? indent, string itemSeparator, string keySeparator, bool sortsKeys)
{
    private readonly StringBuilder _text = new();

    /// <summary>The JSON of a value.</summary>
    public string Of(object? value)
    {
        Write(value, 0);
        return _text.ToString();
    }

    private void Add(string text) => _text.Append(run.Counted(text));

    private void Write(object? value, int level)
    {
        run.CountSize(value);
        switch (value)
        {
            case null:
                Add("null");
                break;
            case bool flag:
                Add(flag ? "true" : "false");
                break;
            case long number:
                Add(number.ToString(CultureInfo.InvariantCulture));
                break;
            case double number:
                Add(double.IsNaN(number) ? "NaN" : double.IsInfinity(number) ? (number > 0 ? "Infinity" : "-Infinity") : PythonNumber.Text(number));
                break;
            case string text:
                Quote(text);
                break;
            case List<object?> list:
                WriteAll('[', list, item => Write(item, level + 1), ']', level);
                break;
            case TemplateMapping { IsNamespace: false } mapping:
                var entries = sortsKeys ? mapping.OrderBy(e => e.Key, Comparer<string>.Create(PythonText.Compare)).ToList() : [.. mapping];
                WriteAll('{', entries, entry => WriteEntry(entry, level + 1), '}', level);
                break;
            default:
                throw new TemplateException(0, $"writes {TemplateValues.KindOf(value)} as JSON");
        }
    }

    private void WriteEntry(KeyValuePair<string, object?> entry, int level)
    {
        Quote(entry.Key);
        Add(keySeparator);
        Write(entry.Value, level);
    }

    private void WriteAll<T>(char open, List<T> items, Action<T> write, char close, int level)
    {
        using var inside = run.Enter();
        _text.Append(open);
        for (int i = 0; i < items.Count; i++)
        {
            Add(i == 0 ? "" : itemSeparator);
            Break(level + 1);
            write(items[i]);
        }

        if (items.Count > 0)
        {
            Break(level);
        }

        _text.Append(close);
    }

    private void Break(int level)
    {
        if (indent is not null)
        {
            run.CountCharacters(1 + ((long)level * indent.Length));
            _text.Append('\n').Insert(_text.Length, indent, level);
        }
    }

    private void Quote(string text)
    {
        run.CountCharacters(text.Length + 2);
        _text.Append('"');
        foreach (char c in text)
        {
            _ = c switch
            {
                '"' or '\\' => _text.Append('\\').Append(c),
                '\n' => _text.Append("\\n"),
                '\r' => _text.Append("\\r"),
                '\t' => _text.Append("\\t"),
                '\f' => _text.Append("\\f"),
                '\b' => _text.Append("\\b"),
                < ' ' => _text.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"),
                > '~' when isAscii && c != '\u007F' => _text.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"),
                _ => _text.Append(c),
            };
        }

        _text.Append('"');
    }
}
