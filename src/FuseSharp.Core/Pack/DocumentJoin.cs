using FuseSharp.Core.Artifacts;
using FuseSharp.Core.Errors;
using FuseSharp.Core.Recipes;
using FuseSharp.Core.Records;

namespace FuseSharp.Core.Pack;

/// <summary>The documents that every model has, each with what all models say of it; reads shard by shard, from any document on.</summary>
internal sealed class DocumentJoin : IDisposable
{
    private readonly RepresentationFiles _target;
    private readonly IReadOnlyList<(string Name, RepresentationFiles Representations, Store Aligned)> _sources;
    private readonly HashSet<int> _leftOut;
    private readonly MetricLevel _metric;
    private readonly bool _asReference;

    // Per shard of the target: how many of its documents every model has.
    private readonly int[] _counts;
    private IEnumerator<DocumentRows>? _documents;
    private int _position;

    /// <summary>Opens all inputs; reads no shard.</summary>
    /// <exception cref="ArtifactException">They do not have the same shards.</exception>
    public DocumentJoin(string target, IReadOnlyList<(string Name, string Representations, string Aligned)> sources, MetricLevel metric, bool asReference)
    {
        _metric = metric;
        _asReference = asReference;
        _target = new RepresentationFiles(target);
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

    /// <summary>Documents that every model has.</summary>
    public int Count { get; }

    /// <summary>Documents that one model or several left out.</summary>
    public int LeftOut => _leftOut.Count;

    /// <summary>Consecutive documents.</summary>
    /// <param name="start">0-based among those that every model has. Going on where the last call ended reads nothing twice.</param>
    /// <param name="count">How many; fewer where they end.</param>
    public IEnumerable<DocumentRows> Take(int start, int count)
    {
        if (_documents is null || _position != start)
        {
            Seek(start);
        }

        for (int i = 0; i < count && _documents!.MoveNext(); i++)
        {
            _position++;
            yield return _documents.Current;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _documents?.Dispose();

    private void Seek(int start)
    {
        int shard = 0;
        int before = 0;
        while (shard < _counts.Length && before + _counts[shard] <= start)
        {
            before += _counts[shard++];
        }

        _documents?.Dispose();
        _documents = Enumerable.Range(shard, _counts.Length - shard).SelectMany(Documents).Skip(start - before).GetEnumerator();
        _position = start;
    }

    // Text blocks are numbered through; a shard's numbers follow from how many it and those before it hold.
    private int[] CountShards()
    {
        int[] counts = new int[_target.Store.Shards.Count];
        int first = 0;
        for (int s = 0; s < counts.Length; s++)
        {
            var shard = _target.Store.Shards[s];
            int blocks = (int)shard.Figures["documents"] + shard.LeftOut.Count;
            counts[s] = blocks - _leftOut.Count(d => d >= first && d < first + blocks);
            first += blocks;
        }

        return counts;
    }

    private IEnumerable<DocumentRows> Documents(int shard)
    {
        using var representations = new DisposableList<IEnumerator<Representation>>(_sources.Select(s => Kept(s.Representations.Read(s.Representations.Store.Shards[shard]), d => d.Document)));
        using var aligned = new DisposableList<IEnumerator<AlignedDocument>>(_sources.Select(s => Kept(AlignedFiles.Read(s.Aligned, s.Aligned.Shards[shard]), d => d.Document)));
        foreach (var document in _target.Read(_target.Store.Shards[shard]).Where(d => !_leftOut.Contains(d.Document)))
        {
            var rows = new List<SparseRows> { PackStage.OwnRows(document, _asReference) };
            var perToken = new List<float> { document.MeanCrossEntropy };
            var perByte = new List<float> { NatsPerByte(document) };
            var nats = new List<float[]> { document.CrossEntropies };
            for (int s = 0; s < _sources.Count; s++)
            {
                if (!representations[s].MoveNext() || !aligned[s].MoveNext()
                    || representations[s].Current.Document != document.Document || aligned[s].Current.Document != document.Document
                    || aligned[s].Current.Rows.Positions != document.Ids.Length)
                {
                    throw new ArtifactException($"'{_sources[s].Aligned.Folder}' or '{_sources[s].Representations.Store.Folder}' does not hold document {document.Document} of '{_target.Store.Folder}' at its place. Run 'represent' and 'align' again for {_sources[s].Name}.");
                }

                rows.Add(aligned[s].Current.Rows);
                nats.Add(aligned[s].Current.CrossEntropies);
                perToken.Add(representations[s].Current.MeanCrossEntropy);
                perByte.Add(NatsPerByte(representations[s].Current));
            }

            yield return new DocumentRows(document.Document, document.Ids, [.. rows], [.. perToken], [.. perByte],
                _metric == MetricLevel.Token ? new TokenCosts([.. nats], document.EndsExclusive) : null);
        }
    }

    private IEnumerator<T> Kept<T>(IEnumerable<T> documents, Func<T, int> numberOf) => documents.Where(d => !_leftOut.Contains(numberOf(d))).GetEnumerator();

    // The first token is given, not predicted, so its bytes do not count: a tokenizer with long tokens gains nothing by them.
    private static float NatsPerByte(Representation document)
        => (float)document.Nats / Math.Max(1, document.EndsExclusive[^1] - document.EndsExclusive[0]);
}
