using FuseSharp.Tokenizers.Unigram;

namespace FuseSharp.Tokenizers.Files;

/// <summary>Makes the unigram language model of a SentencePiece file.</summary>
internal static class PieceModelBuilder
{
    /// <summary>The model.</summary>
    /// <param name="file">Pieces, checked to be different; control pieces, bytes and unused ones stand in no text.</param>
    public static UnigramModel Build(SentencePieceFile file)
    {
        var pieces = file.Pieces;
        float[] normal = [.. pieces.Where(p => p.Kind == SentencePieceKind.Normal).Select(p => p.Score)];
        int[] bytes = new int[256];
        Array.Fill(bytes, -1);
        for (int id = 0; id < pieces.Count && file.FallsBackToBytes; id++)
        {
            if (pieces[id].Kind == SentencePieceKind.Byte && TokenBytes.ByteOf(pieces[id].Text) is >= 0 and int value)
            {
                bytes[value] = id;
            }
        }

        var userDefined = Enumerable.Range(0, pieces.Count).Where(id => pieces[id].Kind == SentencePieceKind.UserDefined).ToHashSet();
        return new UnigramModel([.. pieces.Select(p => p.Kind is SentencePieceKind.Normal or SentencePieceKind.UserDefined ? p.Text : "")], [.. pieces.Select(p => (double)p.Score)])
        {
            LowestScore = normal.DefaultIfEmpty(0).Min(),
            UnknownId = pieces.FindIndex(p => p.Kind == SentencePieceKind.Unknown),
            Bytes = bytes,
            IsSingle = true,
            Preferred = userDefined.Count > 0 ? (userDefined, normal.DefaultIfEmpty(0).Max()) : null,
        };
    }
}
