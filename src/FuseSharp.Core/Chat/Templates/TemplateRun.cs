using System.Runtime.CompilerServices;
using System.Text;

namespace FuseSharp.Core.Chat.Templates;

/// <summary>One rendering: names, output, and the bounds that keep a hostile template from taking time or memory.</summary>
/// <remarks>A template reaches nothing but the values it is given and the functions made here: no files, no types, no clock but <paramref name="today"/>.</remarks>
/// <param name="today">What <c>strftime_now</c> shows.</param>
internal sealed class TemplateRun(DateTimeOffset today)
{
    // The longest published templates take some thousand steps for a long conversation.
    private const int MostSteps = 500_000;

    // Characters and items of lists that are written, made or gone through, all together; a long conversation takes a few hundred thousand.
    private const long MostCharacters = 16L << 20;
    private const int DeepestCall = 64;

    private readonly List<Dictionary<string, object?>> _scopes = [new(StringComparer.Ordinal)];
    private StringBuilder _output = new();
    private int _steps;
    private long _characters;
    private int _calls;

    /// <summary>Writes a template's text.</summary>
    /// <param name="statements">The template.</param>
    /// <param name="names">What it is given.</param>
    /// <exception cref="TemplateException">It fails, refuses its input, or goes beyond the bounds.</exception>
    public string Render(IReadOnlyList<Statement> statements, IReadOnlyDictionary<string, object?> names)
    {
        foreach (var (name, function) in TemplateFunctions.Of(this, today))
        {
            _scopes[0][name] = function;
        }

        foreach (var (name, value) in names)
        {
            _scopes[0][name] = value;
        }

        return Scoped(() => Captured(() => Statement.Execute(statements, this)));
    }

    /// <summary>Counts a step.</summary>
    public void Count(int line)
    {
        if (++_steps > MostSteps)
        {
            throw new TemplateException(line, FormattableString.Invariant($"takes more than {MostSteps} steps"));
        }
    }

    /// <summary>Counts a new text.</summary>
    public string Counted(string text)
    {
        CountCharacters(text.Length);
        return text;
    }

    /// <summary>Counts a new list.</summary>
    public List<object?> Counted(List<object?> list)
    {
        CountCharacters(list.Count);
        return list;
    }

    /// <summary>Counts the characters of a text or the items of a list, for what goes through all of them.</summary>
    public void CountSize(object? value)
        => CountCharacters(value switch { string text => text.Length, List<object?> list => list.Count, TemplateMapping mapping => mapping.Count, _ => 1 });

    /// <summary>How a value is written.</summary>
    public string Text(object? value) => TemplateValues.Text(this, value);

    /// <summary>Counts characters or items before memory is taken for them.</summary>
    public void CountCharacters(long count)
    {
        if (!RuntimeHelpers.TryEnsureSufficientExecutionStack())
        {
            throw new TemplateException(0, "nests values too deeply");
        }

        _characters += count;
        if (_characters > MostCharacters)
        {
            throw new TemplateException(0, FormattableString.Invariant($"makes more than {MostCharacters} characters"));
        }
    }

    /// <summary>Writes text.</summary>
    public void Write(string text) => _output.Append(Counted(text));

    /// <summary>What an action writes, as a value.</summary>
    public string Captured(Action write)
    {
        var before = _output;
        _output = new StringBuilder();
        try
        {
            write();
            return _output.ToString();
        }
        finally
        {
            _output = before;
        }
    }

    /// <summary>Runs what has names of its own.</summary>
    public T Scoped<T>(Func<T> run)
    {
        _scopes.Add(new Dictionary<string, object?>(StringComparer.Ordinal));
        try
        {
            return run();
        }
        finally
        {
            _scopes.RemoveAt(_scopes.Count - 1);
        }
    }

    /// <summary>Runs a function.</summary>
    public object? Call(Func<object?> function)
    {
        if (++_calls > DeepestCall)
        {
            throw new TemplateException(0, "calls macros too deeply");
        }

        object? result = function();
        CountSize(result);
        _calls--;
        return result;
    }

    /// <summary>The value of a name.</summary>
    public object? Find(string name)
    {
        for (int i = _scopes.Count - 1; i >= 0; i--)
        {
            if (_scopes[i].TryGetValue(name, out object? value))
            {
                return value;
            }
        }

        return Undefined.Value;
    }

    /// <summary>Gives a name, or several of them the items of a list, a value.</summary>
    public void Set(int line, IReadOnlyList<string> names, object? value)
    {
        if (names.Count == 1)
        {
            _scopes[^1][names[0]] = value;
            return;
        }

        var items = TemplateValues.Items(value, line);
        if (items.Count != names.Count)
        {
            throw new TemplateException(line, FormattableString.Invariant($"gives {names.Count} names to {items.Count} values"));
        }

        for (int i = 0; i < names.Count; i++)
        {
            _scopes[^1][names[i]] = items[i];
        }
    }
}
