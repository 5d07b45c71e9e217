using System.Runtime.CompilerServices;
using System.Text;

namespace FuseSharp.Tokenizers.Jinja;

/// <summary>One rendering: names, output, and the bounds that keep a hostile template from taking time or memory.</summary>
/// <remarks>A template reaches nothing but the values it is given and the functions made here: no files, no types, no clock but <paramref name="today"/>.</remarks>
/// <param name="today">What <c>strftime_now</c> shows.</param>
internal sealed class TemplateRun(DateTimeOffset today)
{
    // The longest published templates take some thousand steps for a long conversation.
    private const int MostSteps = 1_000_000;

    // Characters and items of lists that are written, made or gone through, all together; a long conversation takes a few hundred thousand.
    private const long MostCharacters = 16L << 20;
    private const int CharactersOfItem = 8; // an item of a list takes the memory of some characters
    private const int DeepestCall = 64;
    private const int Deepest = 1000; // Python's own bound of recursion; how deep a stack would reach differs by machine and by how the code was compiled

    private List<Dictionary<string, object?>> _scopes = [new(StringComparer.Ordinal)];
    private StringBuilder _output = new();
    private int _steps;
    private int _line;
    private long _characters;
    private int _calls;
    private int _depth;

    /// <summary>Writes a template's text.</summary>
    /// <param name="statements">The template.</param>
    /// <param name="names">What it is given.</param>
    /// <exception cref="TemplateException">It fails, refuses its input, or goes beyond the bounds.</exception>
    public string Render(IReadOnlyList<Statement> statements, IReadOnlyDictionary<string, object?> names)
    {
        foreach (var (name, function) in TemplateFunctions.Create(this, today))
        {
            _scopes[0][name] = function;
        }

        foreach (var (name, value) in names)
        {
            _scopes[0][name] = value;
        }

        try
        {
            return Scoped(() => Captured(() => Statement.Execute(statements, this)));
        }
        catch (TemplateException fault) when (fault.Line == 0 && _line > 0)
        {
            throw new TemplateException(_line, fault.Message);
        }
    }

    /// <summary>Counts a step, and looks at the stack.</summary>
    public void Count(int line)
    {
        _line = line > 0 ? line : _line;
        EnsureStack();
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
        CountItems(list.Count);
        return list;
    }

    /// <summary>Counts the items of a list before memory is taken for them.</summary>
    public void CountItems(long count) => CountCharacters(count > MostCharacters ? count : count * CharactersOfItem);

    /// <summary>A number of items, counted.</summary>
    public int CountedItems(int count)
    {
        CountItems(count);
        return count;
    }

    /// <summary>A value as text, its characters counted as if each were an item.</summary>
    public string CountedText(object? value)
    {
        string text = Text(value);
        CountItems(text.Length);
        return text;
    }

    /// <summary>Counts the characters of a text or the items of a list, for what goes through all of them.</summary>
    public void CountSize(object? value)
        => CountCharacters(value switch { string text => text.Length, List<object?> list => list.Count, TemplateMapping mapping => mapping.Count, _ => 1 });

    /// <summary>How a value is written.</summary>
    public string Text(object? value) => TemplateValues.Text(this, value);

    /// <summary>Counts characters or items before memory is taken for them.</summary>
    /// <returns>Always true: more than the bound is a fault.</returns>
    public bool CountCharacters(long count)
    {
        _characters += count;
        return _characters <= MostCharacters ? true : throw new TemplateException(0, FormattableString.Invariant($"makes more than {MostCharacters} characters"));
    }

    /// <summary>Goes into an expression, or a list or mapping that is written or compared; the result's disposal comes out of it.</summary>
    /// <exception cref="TemplateException">They hold one another more than 1000 deep.</exception>
    public Level Enter() => _depth < Deepest ? new Level(this) : throw TooDeep();

    /// <summary>Values as one text.</summary>
    public string Joined(string separator, IEnumerable<object?> values)
    {
        var text = new StringBuilder();
        bool isFirst = true;
        foreach (object? value in values)
        {
            text.Append(isFirst ? "" : Counted(separator)).Append(Counted(Text(value)));
            isFirst = false;
        }

        return text.ToString();
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

    /// <summary>What is run later with the names that are visible here, as a macro is.</summary>
    public Func<Func<T>, T> Enclosed<T>()
    {
        var visible = _scopes.ToList();
        return run =>
        {
            var before = _scopes;
            _scopes = [.. visible];
            try
            {
                return Scoped(run);
            }
            finally
            {
                _scopes = before;
            }
        };
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

    /// <summary>Gives a name a value.</summary>
    public void Set(string name, object? value) => _scopes[^1][name] = value;

    private static void EnsureStack()
    {
        if (!RuntimeHelpers.TryEnsureSufficientExecutionStack())
        {
            throw TooDeep();
        }
    }

    private static TemplateException TooDeep() => new(0, "nests values too deeply");

    /// <summary>What the run is inside of: an expression, a list or a mapping.</summary>
    public readonly ref struct Level
    {
        private readonly TemplateRun _run;

        internal Level(TemplateRun run)
        {
            _run = run;
            run._depth++;
        }

        /// <summary>Comes out of it.</summary>
        public void Dispose() => _run._depth--;
    }
}
