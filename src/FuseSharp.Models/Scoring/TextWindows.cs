namespace FuseSharp.Models.Scoring;

/// <summary>Cuts a token sequence that may be longer than a model's context into windows that overlap by half.</summary>
/// <remarks>Every position is predicted in exactly one window, behind the first with at least half a window before it.</remarks>
public static class TextWindows
{
    /// <summary>The windows of a sequence.</summary>
    /// <param name="length">Tokens of the sequence.</param>
    /// <param name="size">Longest window, tokens, at least 2.</param>
    /// <returns>In order: where each begins and ends in the sequence, and the first position whose prediction is taken from it.</returns>
    public static IEnumerable<(int From, int EndExclusive, int Scored)> Cut(int length, int size)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 2);
        int scored = 0;
        for (int from = 0; ; from += size / 2)
        {
            int endExclusive = Math.Min(from + size, length);
            yield return (from, endExclusive, scored);
            if (endExclusive == length)
            {
                yield break;
            }

            scored = endExclusive - 1; // position t predicts token t + 1
        }
    }
}
