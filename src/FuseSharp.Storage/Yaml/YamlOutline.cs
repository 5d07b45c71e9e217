using System.Globalization;
using FuseSharp.Errors;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace FuseSharp.Storage.Yaml;

/// <summary>Goes through the events of a YAML text before it is made a tree: what would end the program or make the tree ambiguous is refused with its place.</summary>
/// <remarks>The tree is made, compared and hashed by recursion: it must be shallow, its keys single texts, and no alias may stand inside of what it names.</remarks>
internal sealed class YamlOutline
{
    private const int Deepest = 64;
    private const int MostEvents = 200_000;

    private readonly string _yaml;
    private readonly string _name;
    private readonly Stack<Level> _levels = new();

    private YamlOutline(string yaml, string name)
    {
        _yaml = yaml;
        _name = name;
    }

    /// <summary>Checks a text.</summary>
    /// <param name="yaml">The text.</param>
    /// <param name="name">What messages call it.</param>
    /// <exception cref="UsageException">It is not YAML, or not of the plain kind that recipes are.</exception>
    public static void Check(string yaml, string name) => new YamlOutline(yaml, name).Check();

    private void Check()
    {
        var scanner = new Scanner(new StringReader(_yaml), skipComments: true);
        var parser = new Parser(scanner);
        try
        {
            for (int count = 0; parser.MoveNext(); count++)
            {
                Take(parser.Current!, count);
            }
        }
        catch (YamlException fault)
        {
            throw Error(fault.Start, $"is not YAML: {LibraryErrors.OneLine(fault)}", fault);
        }
        catch (Exception fault) when (fault is not FuseSharpException)
        {
            throw Error(scanner.CurrentPosition, $"is not YAML: {LibraryErrors.OneLine(fault)} Inside of [ ] and {{ }}, every line but the first must be indented.", fault);
        }
    }

    private void Take(ParsingEvent current, int count)
    {
        if (count > MostEvents)
        {
            throw Error(current.Start, FormattableString.Invariant($"has more than {MostEvents} parts."));
        }

        switch (current)
        {
            case MappingEnd or SequenceEnd:
                _levels.Pop();
                break;
            case NodeEvent node when node.NestingIncrease > 0:
                Enter(node);
                Push(new Level(node is MappingStart, node.Anchor), node);
                break;
            case NodeEvent node:
                Enter(node);
                break;
            case AnchorAlias alias:
                Enter(alias);
                if (_levels.Any(l => l.Anchor == alias.Value))
                {
                    throw Error(alias.Start, $"has '*{alias.Value}' inside of what it names.");
                }

                break;
        }
    }

    private void Push(Level level, NodeEvent node)
    {
        _levels.Push(level);
        if (_levels.Count > Deepest)
        {
            throw Error(node.Start, FormattableString.Invariant($"is nested more than {Deepest} deep."));
        }
    }

    // Counts keys and values of the mapping that a node stands in.
    private void Enter(ParsingEvent node)
    {
        if (!_levels.TryPeek(out var level) || !level.IsMapping)
        {
            return;
        }

        if (level.IsKeyNext)
        {
            string key = node is Scalar scalar ? scalar.Value : throw Error(node.Start, "has a key that is not a single text. Write 'key: value'.");
            if (!level.Keys.Add(key))
            {
                throw Error(node.Start, $"has the key '{key}' twice in one mapping. Remove one.");
            }
        }

        level.IsKeyNext = !level.IsKeyNext;
    }

    private UsageException Error(Mark mark, string what, Exception? inner = null)
    {
        // A tab where spaces are wanted is told by the parser as many other things, mostly elsewhere.
        int tab = inner is null ? -1 : Array.FindIndex(_yaml.Split('\n'), line => line.TrimStart(' ') is ['\t', ..] && line.Trim().Length > 0);
        return tab >= 0
            ? new UsageException(FormattableString.Invariant($"{_name}:{tab + 1}:{_yaml.Split('\n')[tab].IndexOf('\t', StringComparison.Ordinal) + 1} is not YAML: the line begins with a tab. Indent with spaces."), inner!)
            : new UsageException(string.Create(CultureInfo.InvariantCulture, $"{_name}:{mark.Line}:{mark.Column} {what}"), inner ?? new FormatException(what));
    }

    private sealed class Level(bool isMapping, AnchorName anchor)
    {
        public bool IsMapping => isMapping;

        public AnchorName Anchor => anchor;

        public bool IsKeyNext { get; set; } = true;

        public HashSet<string> Keys { get; } = new(StringComparer.Ordinal);
    }
}
