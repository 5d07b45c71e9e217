using FuseSharp.Fusion.Records;


namespace FuseSharp.Testing.Oracles;

/// <summary>Boundary alignment as its definition says it, by trying every source position for every target position.</summary>
public static class BoundaryOracle
{
    /// <summary>For each target position the last source position that ends at the same byte; −1 for none.</summary>
    /// <param name="target">As the target reads the document.</param>
    /// <param name="targetEndOfText">Its end-of-text token.</param>
    /// <param name="source">As the source reads it.</param>
    /// <param name="sourceEndOfText">Its end-of-text token.</param>
    public static int[] SourcePositions(Representation target, int targetEndOfText, Representation source, int sourceEndOfText)
    {
        int[] positions = new int[target.Ids.Length];
        for (int i = 0; i < positions.Length; i++)
        {
            bool hasSuccessor = i < positions.Length - 1;
            positions[i] = hasSuccessor && IsLastAtItsByte(target, i, targetEndOfText)
                ? Enumerable.Range(0, source.Ids.Length).LastOrDefault(
                    j => source.EndsExclusive[j] == target.EndsExclusive[i] && IsLastAtItsByte(source, j, sourceEndOfText), -1)
                : -1;
        }

        return positions;
    }

    private static bool IsLastAtItsByte(Representation document, int position, int endOfText)
    {
        bool IsFinalEndOfText(int t) => t == document.Ids.Length - 1 && document.Ids[t] == endOfText;
        return !IsFinalEndOfText(position)
            && !Enumerable.Range(position + 1, document.Ids.Length - position - 1)
                .Any(t => document.EndsExclusive[t] == document.EndsExclusive[position] && !IsFinalEndOfText(t));
    }
}
