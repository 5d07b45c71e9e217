using FuseSharp.Errors;
using FuseSharp.Files;
using FuseSharp.Fusion.Records;
using FuseSharp.Storage.Artifacts;
using FuseSharp.Storage.Texts;


namespace FuseSharp.Fusion.Pack;

/// <summary>The pieces of documents that every model has, each with what all models say of it; reads shard by shard, from any piece on.</summary>
internal sealed class DocumentJoin : IDisposable
{
    private readonly RepresentationFiles _target;
    private readonly IReadOnlyList<(string Name, RepresentationFiles Representations, Store Aligned)> _sources;
    private readonly HashSet<PieceId> _leftOut;
    private readonly MetricLevel _metric;
    private readonly bool _asReference;

    // Per shard of the target: how many of its pieces every model has.
    private readonly int[] _counts;
    private IEnumerator<DocumentRows>? _pieces;
    private int _position;

    /// <summary>Opens all inputs; reads no shard.</summary>
    /// <exception cref="ArtifactException">They do not have the same shards.</exception>
    public DocumentJoin(string target, IReadOnlyList<(string Name, string Representations, string Aligned)> sources, MetricLevel metric, bool asReference)
    {
        _metric = metric;
        _asReference = asReference;
        _target = new RepresentationFiles(target);
        _target.CheckOwnTokens();
        _sources = [.. sources.Select(s => (s.Name, new RepresentationFiles(s.Representations), Store.Open(s.Aligned)))];
        foreach (var (name, representations, aligned) in _sources)
        {
            foreach (var store in new[] { representations.Store, aligned })
            {
                if (!store.Shards.Select(s => s.Name).SequenceEqual(_target.Store.Shards.Select(s => s.Name)))
                {
                    throw new ArtifactException($"'{store.Folder}' has {store.Shards.Count} shards, '{target}' {_target.Store.Shards.Count}: they were made from different texts. Run 'represent' and 'align' again for {name}.");
                }
            }
        }

        _leftOut = [.. _sources.SelectMany(s => s.Representations.Store.LeftOut).Concat(_target.Store.LeftOut)];
        _counts = CountShards();
        Count = _counts.Sum();
    }

    /// <summary>The manifest of the target's representations.</summary>
    public Manifest Target => _target.Store.Manifest;

    /// <summary>How the target reads conversations; null where the texts hold none.</summary>
    public RepresentedConversations? Conversations => _target.Conversations;

    /// <summary>Pieces that every model has.</summary>
    public int Count { get; }

    /// <summary>Pieces that one model or several left out.</summary>
    public int LeftOut => _leftOut.Count;

    /// <summary>Consecutive pieces.</summary>
    /// <param name="start">0-based among those that every model has. Going on where the last call ended reads nothing twice.</param>
    /// <param name="count">How many; fewer where they end.</param>
    public IEnumerable<DocumentRows> Take(int start, int count)
    {
        if (_pieces is null || _position != start)
        {
            Seek(start);
        }

        for (int i = 0; i < count && _pieces!.MoveNext(); i++)
        {
            _position++;
            yield return _pieces.Current;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _pieces?.Dispose();

    private void Seek(int start)
    {
        int shard = 0;
        int before = 0;
        while (shard < _counts.Length && before + _counts[shard] <= start)
        {
            before += _counts[shard++];
        }

        _pieces?.Dispose();
        _pieces = Enumerable.Range(shard, _counts.Length - shard).SelectMany(Pieces).Skip(start - before).GetEnumerator();
        _position = start;
    }

    // A shard holds the same pieces for every model, but for those that one of them left out.
    private int[] CountShards()
    {
        int[] counts = new int[_target.Store.Shards.Count];
        for (int s = 0; s < counts.Length; s++)
        {
            var shard = _target.Store.Shards[s];
            var others = _sources.SelectMany(source => Store.LeftOutOf(source.Representations.Store.Shards[s]));
            counts[s] = Manifest.CountIn(shard.Figures, "pieces", int.MaxValue, $"The entry of '{shard.Name}'") - others.Except(Store.LeftOutOf(shard)).Count();
        }

        return counts;
    }

    private IEnumerable<DocumentRows> Pieces(int shard)
    {
        var costs = new[] { _target }.Concat(_sources.Select(s => s.Representations)).Select(m => CostsOf(m, shard)).ToList();
        using var aligned = new DisposableList<IEnumerator<AlignedDocument>>(_sources.Select(s => Kept(AlignedFiles.Read(s.Aligned, s.Aligned.Shards[shard]), d => d.Id)));
        foreach (var piece in _target.Read(_target.Store.Shards[shard]).Where(d => !_leftOut.Contains(d.Id)))
        {
            var rows = new List<TeacherDistributions> { PackStage.OwnRows(piece, _asReference) };
            var nats = new List<float[]> { piece.CrossEntropies };
            for (int s = 0; s < _sources.Count; s++)
            {
                if (!aligned[s].MoveNext() || aligned[s].Current.Id != piece.Id || aligned[s].Current.Rows.Positions != piece.Ids.Length || !costs[s + 1].ContainsKey(Unit(piece.Id)))
                {
                    throw new ArtifactException($"'{_sources[s].Aligned.Folder}' or '{_sources[s].Representations.Store.Folder}' does not hold document {piece.Id} of '{_target.Store.Folder}' at its place. Run 'represent' and 'align' again for {_sources[s].Name}.");
                }

                rows.Add(aligned[s].Current.Rows);
                nats.Add(aligned[s].Current.CrossEntropies);
            }

            PieceCost[] ofUnit = [.. costs.Select(c => c[Unit(piece.Id)])];
            yield return new DocumentRows(piece.Id.Document, piece.Ids, [.. rows], Array.ConvertAll(ofUnit, c => c.NatsPerToken), Array.ConvertAll(ofUnit, c => c.NatsPerByte),
                _metric == MetricLevel.Token ? new TokenCosts([.. nats], piece.EndsExclusive) : null)
            {
                Learned = piece.Learned,
            };
        }
    }

    // What a model paid for each document; of the reference's rows for each piece, which to it are documents.
    private Dictionary<PieceId, PieceCost> CostsOf(RepresentationFiles model, int shard)
        => model.ReadCosts(model.Store.Shards[shard]).Where(c => !_leftOut.Contains(c.Id)).GroupBy(c => Unit(c.Id)).ToDictionary(d => d.Key, d => d.Aggregate((a, b) => a + b));

    private PieceId Unit(PieceId piece) => _asReference ? piece : piece with { Piece = 0 };

    private IEnumerator<T> Kept<T>(IEnumerable<T> documents, Func<T, PieceId> idOf) => documents.Where(d => !_leftOut.Contains(idOf(d))).GetEnumerator();
}
