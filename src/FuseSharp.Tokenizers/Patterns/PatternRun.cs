using System.Buffers;
using System.Globalization;
using FuseSharp.Errors;

namespace FuseSharp.Tokenizers.Patterns;

/// <summary>Matches a compiled pattern against one text, with backtracking in a bounded number of steps.</summary>
/// <remarks>Matches characters, where .NET's <c>Regex</c> matches UTF-16 units and takes letters beyond the basic plane for symbols.</remarks>
internal ref struct PatternRun
{
    // Patterns of published tokenizers need about ten steps for a character at most.
    private const long StepsForAny = 1_000_000;
    private const long StepsForCharacter = 200;
    private const int MostRetries = 1 << 23; // 100 MB

    private readonly PatternStep[] _steps;
    private readonly ReadOnlySpan<char> _text;
    private readonly int[] _marks;
    private Retry[] _retries;
    private int _count;
    private long _left;

    /// <param name="steps">Of the pattern.</param>
    /// <param name="marks">Slots of its loops.</param>
    /// <param name="text">UTF-16; half a pair counts as a letter.</param>
    public PatternRun(PatternStep[] steps, int marks, ReadOnlySpan<char> text)
    {
        _steps = steps;
        _text = text;
        _marks = marks == 0 ? [] : new int[marks];
        _retries = ArrayPool<Retry>.Shared.Rent(64);
        _left = StepsForAny + (StepsForCharacter * text.Length);
    }

    /// <summary>Whether the pattern matches at a place.</summary>
    /// <param name="start">Index of the first character.</param>
    /// <param name="end">Index behind the match.</param>
    /// <exception cref="ModelException">More steps were needed than any pattern of words needs.</exception>
    public bool TryMatch(int start, out int end)
    {
        end = start;
        _count = 0;
        return Run(0, ref end);
    }

    /// <summary>Gives back what was rented.</summary>
    public void Dispose()
    {
        ArrayPool<Retry>.Shared.Return(_retries);
        _retries = [];
    }

    private bool Run(int pc, ref int position)
    {
        int floor = _count;
        int at = position;
        while (true)
        {
            if (--_left < 0)
            {
                throw TooSlow();
            }

            ref readonly var step = ref _steps[pc];
            bool fits = true;
            switch (step.Kind)
            {
                case PatternStepKind.Take:
                    fits = at < _text.Length && step.Characters!.Contains(CodePointAt(at, out int width)) && (at += width) > 0;
                    pc++;
                    break;
                case PatternStepKind.TakeMany:
                    fits = TakeMany(step, pc, ref at);
                    pc++;
                    break;
                case PatternStepKind.TakeFew:
                    fits = TakeExactly(step.Characters!, step.Min, ref at);
                    if (fits && step.Max > step.Min)
                    {
                        Push(pc, at, step.Max - step.Min);
                    }

                    pc++;
                    break;
                case PatternStepKind.Fork when step.Characters is { } first && (at >= _text.Length || !first.Contains(CodePointAt(at, out _))):
                    pc = step.Other;
                    break;
                case PatternStepKind.Fork:
                    Push(step.Other, at, -1);
                    pc = step.Target;
                    break;
                case PatternStepKind.Jump:
                    pc = step.Target;
                    break;
                case PatternStepKind.Atomic:
                    int end = at;
                    fits = Run(pc + 1, ref end);
                    at = end;
                    pc = step.Target;
                    break;
                case PatternStepKind.Look:
                    int ahead = at;
                    fits = Run(pc + 1, ref ahead) != step.IsNegative;
                    pc = step.Target;
                    break;
                case PatternStepKind.Assert:
                    fits = IsAt(step.Place, at);
                    pc++;
                    break;
                case PatternStepKind.Back:
                    fits = StepBack(step.Target, ref at);
                    pc++;
                    break;
                case PatternStepKind.Mark:
                    Push(-1 - step.Target, _marks[step.Target], -1);
                    _marks[step.Target] = at;
                    pc++;
                    break;
                case PatternStepKind.LeaveIfEmpty:
                    pc = _marks[step.Other] == at ? step.Target : pc + 1;
                    break;
                default:
                    position = at;
                    _count = floor;
                    return true;
            }

            if (!fits && !TryRetry(floor, ref pc, ref at))
            {
                return false;
            }
        }
    }

    // Back to the last place where there was a choice.
    private bool TryRetry(int floor, ref int pc, ref int at)
    {
        while (_count > floor)
        {
            ref var retry = ref _retries[_count - 1];
            if (retry.Step < 0)
            {
                _marks[-1 - retry.Step] = retry.Position;
                _count--;
                continue;
            }

            pc = retry.Step;
            at = retry.Position;
            if (retry.Limit < 0)
            {
                _count--;
                return true;
            }

            ref readonly var step = ref _steps[pc++];
            if (step.Kind == PatternStepKind.TakeMany)
            {
                at -= at - 2 >= retry.Limit && char.IsSurrogatePair(_text[at - 2], _text[at - 1]) ? 2 : 1;
                retry.Position = at;
                _count -= at <= retry.Limit ? 1 : 0;
                return true;
            }

            if (!TakeExactly(step.Characters!, 1, ref at))
            {
                _count--;
                continue;
            }

            retry.Position = at;
            retry.Limit -= retry.Limit == int.MaxValue ? 0 : 1;
            _count -= retry.Limit == 0 ? 1 : 0;
            return true;
        }

        return false;
    }

    private bool TakeMany(in PatternStep step, int pc, ref int at)
    {
        int start = at;
        if (!TakeExactly(step.Characters!, step.Min, ref at))
        {
            return false;
        }

        int least = at;
        int left = step.Max == int.MaxValue ? int.MaxValue : step.Max - step.Min;
        while (left-- > 0 && at < _text.Length && step.Characters!.Contains(CodePointAt(at, out int width)))
        {
            at += width;
        }

        _left -= at - start;
        if (at > least)
        {
            Push(pc, at, least);
        }

        return true;
    }

    private readonly bool TakeExactly(CodePointSet set, int count, ref int at)
    {
        for (int i = 0; i < count; i++)
        {
            if (at >= _text.Length || !set.Contains(CodePointAt(at, out int width)))
            {
                return false;
            }

            at += width;
        }

        return true;
    }

    private readonly bool StepBack(int count, ref int at)
    {
        for (int i = 0; i < count; i++)
        {
            if (at == 0)
            {
                return false;
            }

            at -= at >= 2 && char.IsSurrogatePair(_text[at - 2], _text[at - 1]) ? 2 : 1;
        }

        return true;
    }

    private readonly bool IsAt(PatternPlace place, int at) => place switch
    {
        PatternPlace.LineStart => at == 0 || (_text[at - 1] == '\n' && at < _text.Length),
        PatternPlace.LineEnd => at == _text.Length || _text[at] == '\n',
        PatternPlace.TextStart => at == 0,
        PatternPlace.TextEnd => at == _text.Length,
        PatternPlace.LastLineEnd => at == _text.Length || (at == _text.Length - 1 && _text[at] == '\n'),
        PatternPlace.WordBorder => IsWordBefore(at) != IsWordAt(at),
        _ => IsWordBefore(at) == IsWordAt(at),
    };

    private readonly bool IsWordAt(int at) => at < _text.Length && UnicodeSets.Word.Contains(CodePointAt(at, out _));

    private readonly bool IsWordBefore(int at) => StepBack(1, ref at) && IsWordAt(at);

    private readonly int CodePointAt(int at, out int width)
    {
        char c = _text[at];
        width = 1;
        if (!char.IsHighSurrogate(c) || at + 1 >= _text.Length || !char.IsLowSurrogate(_text[at + 1]))
        {
            return c;
        }

        width = 2;
        return char.ConvertToUtf32(c, _text[at + 1]);
    }

    private void Push(int step, int position, int limit)
    {
        if (_count == _retries.Length)
        {
            _ = _count < MostRetries ? 0 : throw TooSlow();
            var larger = ArrayPool<Retry>.Shared.Rent(2 * _count);
            _retries.AsSpan(0, _count).CopyTo(larger);
            ArrayPool<Retry>.Shared.Return(_retries);
            _retries = larger;
        }

        _retries[_count++] = new Retry { Step = step, Position = position, Limit = limit };
    }

    private readonly ModelException TooSlow() => new(string.Create(
        CultureInfo.InvariantCulture,
        $"The tokenizer's pattern for words needs more than {StepsForAny + (StepsForCharacter * _text.Length):N0} steps on a text of {_text.Length:N0} characters; expected some ten for each. Take a tokenizer.json from the model's publisher."));

    /// <summary>Where to go on after a failure. A negative step restores a mark; a limit is where a run of characters may not be given back, or how many may still be taken.</summary>
    private struct Retry
    {
        public int Step;
        public int Position;
        public int Limit;
    }
}
