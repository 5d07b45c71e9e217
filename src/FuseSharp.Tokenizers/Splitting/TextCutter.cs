using FuseSharp.Tokenizers.Normalization;

namespace FuseSharp.Tokenizers.Splitting;

/// <summary>Cuts a text at the parts that were found in it.</summary>
/// <remarks>Words that would be empty are left out.</remarks>
internal static class TextCutter
{
    /// <summary>Adds the words.</summary>
    /// <param name="text">The text.</param>
    /// <param name="found">Parts in order, by indices from the text's start; they do not overlap.</param>
    /// <param name="behavior">What becomes of them.</param>
    /// <param name="isInverted">Whether it becomes of what lies between them instead.</param>
    /// <param name="words">Receives the words.</param>
    public static void Cut(TextSlice text, List<(int Start, int End)> found, SplitBehavior behavior, bool isInverted, List<TextSlice> words)
    {
        if (found.Count == 0)
        {
            if (!(isInverted && behavior == SplitBehavior.Removed))
            {
                words.Add(text);
            }

            return;
        }

        if (behavior == SplitBehavior.Isolated)
        {
            Isolate(text, found, words);
            return;
        }

        var pieces = new List<(int Start, int End, bool IsFound)>((2 * found.Count) + 1);
        int done = 0;
        foreach (var (start, end) in found)
        {
            if (start > done)
            {
                pieces.Add((done, start, isInverted));
            }

            pieces.Add((start, end, !isInverted));
            done = end;
        }

        if (done < text.Length)
        {
            pieces.Add((done, text.Length, isInverted));
        }

        if (behavior == SplitBehavior.MergedWithNext)
        {
            Merge(pieces, fromEnd: true, isMerged: (isFound, wasFound) => isFound && !wasFound);
        }
        else if (behavior == SplitBehavior.MergedWithPrevious)
        {
            Merge(pieces, fromEnd: false, isMerged: (isFound, wasFound) => isFound && !wasFound);
        }
        else if (behavior == SplitBehavior.Contiguous)
        {
            Merge(pieces, fromEnd: false, isMerged: (isFound, wasFound) => isFound == wasFound);
        }

        foreach (var (start, end, isFound) in pieces)
        {
            if (end > start && !(isFound && behavior == SplitBehavior.Removed))
            {
                words.Add(text.Cut(text.Start + start, text.Start + end));
            }
        }
    }

    private static void Isolate(TextSlice text, List<(int Start, int End)> found, List<TextSlice> words)
    {
        int done = 0;
        foreach (var (start, end) in found)
        {
            Add(done, start);
            Add(start, end);
            done = end;
        }

        Add(done, text.Length);

        void Add(int start, int end)
        {
            if (end > start)
            {
                words.Add(text.Cut(text.Start + start, text.Start + end));
            }
        }
    }

    // Each piece joins the one before it (from the end: behind it), or stands alone.
    private static void Merge(List<(int Start, int End, bool IsFound)> pieces, bool fromEnd, Func<bool, bool, bool> isMerged)
    {
        if (fromEnd)
        {
            pieces.Reverse();
        }

        var merged = new List<(int Start, int End, bool IsFound)>(pieces.Count);
        bool wasFound = false;
        foreach (var piece in pieces)
        {
            if (merged.Count > 0 && isMerged(piece.IsFound, wasFound))
            {
                merged[^1] = (Math.Min(merged[^1].Start, piece.Start), Math.Max(merged[^1].End, piece.End), false);
            }
            else
            {
                merged.Add((piece.Start, piece.End, false));
            }

            wasFound = piece.IsFound;
        }

        if (fromEnd)
        {
            merged.Reverse();
        }

        pieces.Clear();
        pieces.AddRange(merged);
    }
}
