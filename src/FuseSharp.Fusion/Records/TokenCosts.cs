namespace FuseSharp.Fusion.Records;

/// <summary>What every model paid for a document's tokens, at the target's positions.</summary>
/// <param name="Nats">[models][tokens]: cross-entropy for what follows each position; 0 at the last.</param>
/// <param name="EndsExclusive">[tokens]: byte offset just behind each token.</param>
public sealed record TokenCosts(float[][] Nats, int[] EndsExclusive)
{
    /// <summary>The costs of a piece.</summary>
    /// <param name="document">0-based number of the document.</param>
    /// <param name="start">The piece's first position.</param>
    /// <param name="length">Its positions.</param>
    public PackedSegment Piece(int document, int start, int length)
    {
        int bytes = EndsExclusive[Math.Min(start + length, EndsExclusive.Length - 1)] - EndsExclusive[start];
        float[] sums = [.. Nats.Select(n => n.AsSpan(start, length).ToArray().Sum())];
        return new(document, length, Array.ConvertAll(sums, s => s / length), Array.ConvertAll(sums, s => s / Math.Max(1, bytes)));
    }
}
