using FuseSharp.Errors;


namespace FuseSharp.Fusion.Records;

/// <summary>Byte offsets of tokens as one byte for each token: its length, or 255 and the length in a list of its own.</summary>
internal static class TokenLengths
{
    private const byte IsLong = byte.MaxValue;

    /// <summary>Lengths from rising offsets after the tokens.</summary>
    public static (byte[] Short, int[] Long) Encode(int[] endsExclusive)
    {
        byte[] lengths = new byte[endsExclusive.Length];
        var longer = new List<int>();
        int start = 0;
        for (int t = 0; t < lengths.Length; t++)
        {
            int length = endsExclusive[t] - start;
            if (length < 0)
            {
                throw new InvalidOperationException($"The tokenizer gives token {t} the end {endsExclusive[t]}, before the one it follows, {start}.");
            }

            lengths[t] = (byte)Math.Min(length, IsLong);
            if (length >= IsLong)
            {
                longer.Add(length);
            }

            start = endsExclusive[t];
        }

        return (lengths, [.. longer]);
    }

    /// <summary>The offsets again.</summary>
    public static int[] ToEnds(byte[] lengths, int[] longer)
    {
        int[] ends = new int[lengths.Length];
        int end = 0;
        int next = 0;
        for (int t = 0; t < ends.Length; t++)
        {
            if (lengths[t] == IsLong && next == longer.Length)
            {
                throw new ArtifactException($"A document has more tokens of 255 bytes and longer than its 'long_token_bytes' names ({longer.Length}). Make the shard again.");
            }

            end += lengths[t] == IsLong ? longer[next++] : lengths[t];
            ends[t] = end;
        }

        return ends;
    }
}
