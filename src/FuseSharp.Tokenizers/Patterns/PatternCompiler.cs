namespace FuseSharp.Tokenizers.Patterns;

/// <summary>Writes the steps of a parsed pattern.</summary>
internal sealed class PatternCompiler
{
    private const int MostSteps = 50_000;

    private readonly List<PatternStep> _steps = [];
    private int _marks;

    private PatternCompiler()
    {
    }

    /// <summary>The steps.</summary>
    /// <param name="node">The pattern.</param>
    /// <param name="marks">How many slots its loops need.</param>
    /// <exception cref="PatternException">There would be too many.</exception>
    public static PatternStep[] Compile(PatternNode node, out int marks)
    {
        var compiler = new PatternCompiler();
        compiler.Write(node);
        compiler.Add(new PatternStep(PatternStepKind.Accept));
        marks = compiler._marks;
        return [.. compiler._steps];
    }

    private int Add(PatternStep step)
    {
        if (_steps.Count >= MostSteps)
        {
            throw new PatternException("that repeats long parts too often");
        }

        _steps.Add(step);
        return _steps.Count - 1;
    }

    private void Write(PatternNode node)
    {
        switch (node)
        {
            case PatternNode.Set set:
                Add(new PatternStep(PatternStepKind.Take, set.Characters));
                break;
            case PatternNode.Sequence sequence:
                foreach (var part in sequence.Parts)
                {
                    Write(part);
                }

                break;
            case PatternNode.Choice choice:
                WriteChoice(choice.Branches);
                break;
            case PatternNode.Repeat repeat:
                WriteRepeat(repeat);
                break;
            case PatternNode.Atomic atomic:
                WriteInside(new PatternStep(PatternStepKind.Atomic), atomic.Body);
                break;
            case PatternNode.Look look:
                WriteInside(new PatternStep(PatternStepKind.Look, IsNegative: look.IsNegative), look.Body);
                break;
            case PatternNode.BackStep back:
                Add(new PatternStep(PatternStepKind.Back, Target: back.Count));
                break;
            case PatternNode.Assertion assertion:
                Add(new PatternStep(PatternStepKind.Assert, Place: assertion.Place));
                break;
        }
    }

    private void WriteInside(PatternStep step, PatternNode body)
    {
        int at = Add(step);
        Write(body);
        Add(new PatternStep(PatternStepKind.Accept));
        _steps[at] = step with { Target = _steps.Count };
    }

    private void WriteChoice(IReadOnlyList<PatternNode> branches)
    {
        var jumps = new List<int>();
        for (int i = 0; i < branches.Count; i++)
        {
            // A branch whose first character does not fit is passed over at once: words are short, and patterns have many branches.
            bool isLast = i == branches.Count - 1;
            int fork = isLast ? -1 : Add(default);
            Write(branches[i]);
            if (!isLast)
            {
                jumps.Add(Add(default));
                _steps[fork] = new PatternStep(PatternStepKind.Fork, branches[i].First, fork + 1, _steps.Count);
            }
        }

        jumps.ForEach(j => _steps[j] = new PatternStep(PatternStepKind.Jump, Target: _steps.Count));
    }

    private void WriteRepeat(PatternNode.Repeat repeat)
    {
        if (repeat.Body is PatternNode.Set set)
        {
            Add(new PatternStep(repeat.IsLazy ? PatternStepKind.TakeFew : PatternStepKind.TakeMany, set.Characters, Min: repeat.Min, Max: repeat.Max));
            return;
        }

        for (int i = 0; i < repeat.Min; i++)
        {
            Write(repeat.Body);
        }

        if (repeat.Max == int.MaxValue)
        {
            WriteLoop(repeat);
            return;
        }

        var forks = new List<int>();
        for (int i = repeat.Min; i < repeat.Max; i++)
        {
            forks.Add(Add(default));
            Write(repeat.Body);
        }

        forks.ForEach(f => _steps[f] = Fork(f + 1, _steps.Count, repeat.IsLazy));
    }

    private void WriteLoop(PatternNode.Repeat repeat)
    {
        int fork = Add(default);
        int slot = repeat.Body.CanBeEmpty ? _marks++ : -1;
        if (slot >= 0)
        {
            Add(new PatternStep(PatternStepKind.Mark, Target: slot));
        }

        Write(repeat.Body);
        int leave = slot >= 0 ? Add(default) : -1;
        Add(new PatternStep(PatternStepKind.Jump, Target: fork));
        _steps[fork] = Fork(fork + 1, _steps.Count, repeat.IsLazy);
        if (leave >= 0)
        {
            _steps[leave] = new PatternStep(PatternStepKind.LeaveIfEmpty, Target: _steps.Count, Other: slot);
        }
    }

    private static PatternStep Fork(int body, int behind, bool isLazy)
        => isLazy ? new PatternStep(PatternStepKind.Fork, Target: behind, Other: body) : new PatternStep(PatternStepKind.Fork, Target: body, Other: behind);
}
