using FuseSharp.Fusion.Records;
using FuseSharp.Storage.Artifacts;
using FuseSharp.Storage.Texts;
using FuseSharp.Testing;

namespace FuseSharp.Fusion.Tests.Pack;

/// <summary>Outputs of represent and align with a few made-up documents, in a folder that is deleted.</summary>
internal sealed class PackInputs : IDisposable
{
    private const int K = 2;
    private const int Vocabulary = 1000;

    private readonly ScratchFolder _folder = new();

    public string Target => _folder.At("target");

    /// <summary>Name, representations and aligned rows of the one source.</summary>
    public (string Name, string Representations, string Aligned) Source => ("other", _folder.At("source"), _folder.At("aligned"));

    public string Output => _folder.At("packed");

    public void Dispose() => _folder.Dispose();

    /// <summary>A piece of which token t is 100 · document + 10 · piece + t and ends at byte 3 · (t + 1), the last, the end of the text, where the one before ends.</summary>
    /// <param name="document">Its document.</param>
    /// <param name="piece">Its number in the document.</param>
    /// <param name="nats">What each token costs; 0 at the last.</param>
    public static Representation Piece(int document, int piece, params float[] nats)
    {
        int tokens = nats.Length;
        return new(
            new PieceId(document, piece),
            [.. Enumerable.Range(0, tokens).Select(t => (100 * document) + (10 * piece) + t)],
            [.. Enumerable.Range(1, tokens).Select(t => 3 * Math.Min(t, Math.Max(1, tokens - 1)))],
            new(K, [.. Enumerable.Range(0, tokens).SelectMany(t => new[] { t, 900 })], [.. Enumerable.Repeat(new[] { (Half)1, (Half)0 }, tokens).SelectMany(l => l)], [.. Enumerable.Repeat(2f, tokens)]),
            nats);
    }

    /// <summary>Writes representations, a shard for each list of pieces.</summary>
    public void Represent(bool isTarget, params Representation[][] shards) => RepresentBut([], isTarget, shards);

    /// <summary>Likewise, with pieces of the first shard that were left out.</summary>
    public void RepresentBut(PieceId[] leftOut, bool isTarget, params Representation[][] shards)
    {
        var table = new RepresentationTable(K, Vocabulary);
        Write(isTarget ? Target : Source.Representations, StageKey.Create("represent", 3, new { isTarget }), new() { ["k"] = K, ["vocabulary"] = Vocabulary }, (folder, s, tally) =>
        {
            tally.LeftOut.AddRange(s == 0 ? leftOut.Select(p => new LeftOutDocument(p.Document, p.Piece, "here", "NaN")) : []);
            folder.Write(Shards.NameOf(s), table.Schema, Counted(shards[s], tally), table.ToBatch, tally);
        }, shards.Length);
    }

    /// <summary>Writes aligned rows: one candidate at every position but the last, 500 + the position, with log-probability −1.</summary>
    /// <param name="settings">What the manifest says they were aligned by.</param>
    /// <param name="shards">Of each piece its number and what the source paid at each target position.</param>
    public void Align(MethodSettings settings, params (PieceId Id, float[] Nats)[][] shards)
    {
        var unit = settings == MethodSettings.Reference ? ScoreUnit.Logit : ScoreUnit.LogProbability;
        var table = new AlignedTable(Vocabulary, unit);
        Write(Source.Aligned, StageKey.Create("align", 1, new { settings }), new() { ["vocabulary"] = Vocabulary }, (folder, s, tally)
            => folder.Write(Shards.NameOf(s), table.Schema, Counted(shards[s].Select(p => Aligned(p, unit)), tally), table.ToBatch, tally), shards.Length);
    }

    private static AlignedDocument Aligned((PieceId Id, float[] Nats) piece, ScoreUnit unit)
    {
        int carried = piece.Nats.Length - 1;
        return new(piece.Id,
            new([.. Enumerable.Range(0, carried + 1), carried], [.. Enumerable.Range(500, carried)], [.. Enumerable.Repeat(-1f, carried)], unit), piece.Nats, default);
    }

    private static IEnumerable<T> Counted<T>(IEnumerable<T> rows, ShardTally tally)
    {
        tally.Add("pieces", 0);
        foreach (var row in rows)
        {
            tally.Add("pieces", 1);
            yield return row;
        }
    }

    private static void Write(string folder, StageKey key, Dictionary<string, double> constants, Action<ShardJournal, int, ShardTally> write, int shards)
        => ShardedStage.Make(folder, key, StageContext.Silent, () => constants, output =>
        {
            for (int s = 0; s < shards; s++)
            {
                write(output, s, new ShardTally());
            }
        });
}
