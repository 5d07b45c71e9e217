using FuseSharp.Fusion.Records;


namespace FuseSharp.Fusion.Pack;

/// <summary>Concatenates documents and cuts them into blocks of one length.</summary>
/// <remarks>
/// A conversation stands in a block as a whole: where it does not fit in what is left of one, that one stays shorter. Documents are taken in groups; the last, shorter block of a group is kept, so that a group can be packed without its neighbours.
/// <code>
/// documents  aaaa bb ccccc        blocks of 4   aaaa | bbcc | ccc
/// </code>
/// </remarks>
public static class BlockPacker
{
    /// <summary>Documents of a group in the published run.</summary>
    public const int DefaultGroupSize = 1000;

    /// <summary>The blocks of all documents, in order; documents of one block are in memory at a time.</summary>
    /// <param name="documents">Documents that all name the same models.</param>
    /// <param name="blockLength">Tokens of a block, ≥ 2.</param>
    /// <param name="groupSize">Documents of a group, ≥ 1.</param>
    public static IEnumerable<PackedBlock> Pack(IEnumerable<DocumentRows> documents, int blockLength, int groupSize = DefaultGroupSize)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(blockLength, 2);
        ArgumentOutOfRangeException.ThrowIfLessThan(groupSize, 1);
        var pieces = new List<(DocumentRows Document, int Start, int Length)>();
        int filled = 0;
        int inGroup = 0;
        foreach (var document in documents)
        {
            if (document.Learned is not null && filled > 0 && filled + document.Ids.Length > blockLength)
            {
                yield return Join(pieces);
                pieces.Clear();
                filled = 0;
            }

            for (int start = 0; start < document.Ids.Length;)
            {
                int length = Math.Min(blockLength - filled, document.Ids.Length - start);
                pieces.Add((document, start, length));
                start += length;
                filled += length;
                if (filled == blockLength)
                {
                    yield return Join(pieces);
                    pieces.Clear();
                    filled = 0;
                }
            }

            if (++inGroup == groupSize)
            {
                if (filled > 0)
                {
                    yield return Join(pieces);
                }

                pieces.Clear();
                filled = 0;
                inGroup = 0;
            }
        }

        if (filled > 0)
        {
            yield return Join(pieces);
        }
    }

    private static PackedBlock Join(List<(DocumentRows Document, int Start, int Length)> pieces)
        => new(
            [.. pieces.SelectMany(p => p.Document.Ids.AsSpan(p.Start, p.Length).ToArray())],
            [.. pieces.Select(p => p.Document.Piece(p.Start, p.Length))],
            [.. Enumerable.Range(0, pieces[0].Document.Rows.Length).Select(model => Join(pieces, model))])
        {
            Learned = pieces.Exists(p => p.Document.Learned is not null) ? new LearnedTokens([.. pieces.SelectMany(p => CodesOf(p.Document).AsSpan(p.Start, p.Length).ToArray())]) : null,
        };

    // Of a plain text beside conversations every token is learned.
    private static byte[] CodesOf(DocumentRows document)
    {
        if (document.Learned is { } learned)
        {
            return learned.Codes;
        }

        byte[] codes = new byte[document.Ids.Length];
        Array.Fill(codes, (byte)1);
        return codes;
    }

    private static TeacherDistributions Join(List<(DocumentRows Document, int Start, int Length)> pieces, int model)
    {
        var starts = new List<int> { 0 };
        var indices = new List<int>();
        var weights = new List<float>();
        foreach (var (document, start, length) in pieces)
        {
            var rows = document.Rows[model];
            int first = rows.RowStarts[start];
            int endExclusive = rows.RowStarts[start + length];
            int shift = indices.Count - first;
            for (int t = start + 1; t <= start + length; t++)
            {
                starts.Add(rows.RowStarts[t] + shift);
            }

            indices.AddRange(rows.Indices.AsSpan(first, endExclusive - first));
            weights.AddRange(rows.Scores.AsSpan(first, endExclusive - first));
        }

        return new TeacherDistributions([.. starts], [.. indices], [.. weights], pieces[0].Document.Rows[model].Unit);
    }
}
