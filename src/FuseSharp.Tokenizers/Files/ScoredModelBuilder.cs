using FuseSharp.Tokenizers.Bpe;


namespace FuseSharp.Tokenizers.Files;

/// <summary>Makes the merge table of a SentencePiece model: two neighbours merge where their sum is a piece, the highest score first.</summary>
internal static class ScoredModelBuilder
{
    /// <summary>The merging part.</summary>
    /// <param name="file">Pieces, checked to be different; unused ones keep their ids and stand in no text, as llama.cpp and SentencePiece have it.</param>
    public static BpeModel Build(SentencePieceFile file)
    {
        var pieces = file.Pieces;
        var symbols = new Dictionary<string, int>(StringComparer.Ordinal);
        int[] bytes = new int[256];
        Array.Fill(bytes, -1);
        int unknown = -1;
        for (int id = 0; id < pieces.Count; id++)
        {
            switch (pieces[id].Kind)
            {
                case SentencePieceKind.Normal:
                    symbols.Add(pieces[id].Text, id);
                    break;
                case SentencePieceKind.Unknown:
                    unknown = id;
                    break;
                case SentencePieceKind.Byte when TokenBytes.ByteOf(pieces[id].Text) is >= 0 and int value && file.FallsBackToBytes:
                    bytes[value] = id;
                    break;
            }
        }

        int[] loose = AddLooseCharacters(pieces, symbols);
        return new BpeModel
        {
            Merges = BuildMerges(pieces, symbols),
            TokenCount = pieces.Count,
            Characters = BuildCharacters(symbols),
            LooseCharacters = loose,
            Bytes = bytes,
            UnknownId = unknown,
            FusesUnknown = true,
        };
    }

    /// <summary>A character without a piece of its own can still be part of one, so it needs a symbol to merge.</summary>
    private static int[] AddLooseCharacters(List<SentencePiece> pieces, Dictionary<string, int> symbols)
    {
        var loose = new List<int>();
        foreach (var piece in pieces)
        {
            if (piece.Kind != SentencePieceKind.Normal)
            {
                continue;
            }

            foreach (var rune in piece.Text.EnumerateRunes())
            {
                if (symbols.TryAdd(rune.ToString(), pieces.Count + loose.Count))
                {
                    loose.Add(rune.Value);
                }
            }
        }

        return [.. loose];
    }

    private static SymbolTable BuildCharacters(Dictionary<string, int> symbols)
    {
        var table = new SymbolTable();
        foreach (var (text, symbol) in symbols)
        {
            if (text.Length == 1 || (text.Length == 2 && char.IsSurrogatePair(text[0], text[1])))
            {
                table.Add(char.ConvertToUtf32(text, 0), symbol);
            }
        }

        return table;
    }

    private static MergeTable BuildMerges(List<SentencePiece> pieces, Dictionary<string, int> symbols)
    {
        var ranks = Ranks(pieces);
        var lookup = symbols.GetAlternateLookup<ReadOnlySpan<char>>();
        var merges = new List<(int Left, int Right, int Rank, int Result)>();
        for (int id = 0; id < pieces.Count; id++)
        {
            string text = pieces[id].Text;
            for (int cut = 1; cut < text.Length && pieces[id].Kind == SentencePieceKind.Normal; cut++)
            {
                if (!char.IsLowSurrogate(text[cut])
                    && lookup.TryGetValue(text.AsSpan(0, cut), out int left)
                    && lookup.TryGetValue(text.AsSpan(cut), out int right))
                {
                    merges.Add((left, right, ranks[pieces[id].Score], id));
                }
            }
        }

        var table = new MergeTable(merges.Count);
        foreach (var (left, right, rank, result) in merges)
        {
            table.Add(left, right, rank, result);
        }

        return table;
    }

    /// <summary>Equal scores have equal ranks, for then the leftmost merges first.</summary>
    private static Dictionary<float, int> Ranks(List<SentencePiece> pieces)
    {
        float[] scores = [.. pieces.Select(p => p.Score).Distinct().OrderDescending()];
        return scores.Select((score, rank) => (score, rank)).ToDictionary(s => s.score, s => s.rank);
    }
}
