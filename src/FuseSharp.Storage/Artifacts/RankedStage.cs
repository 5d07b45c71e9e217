using System.Text.Json;
using FuseSharp.Storage.Ranks;

namespace FuseSharp.Storage.Artifacts;

/// <summary>How several ranks make a stage's folder: rank 0 keeps it, all work in it.</summary>
/// <remarks>
/// <code>
/// rank 0      is it there? lock, prepare ── work ── wait for all ── manifest, final name ── its manifest
/// the others  wait ──────────────────────── work ── wait for all ── wait ────────────────── its manifest
/// </code>
/// </remarks>
/// <param name="ranks">All of them make the same stages in the same order.</param>
/// <param name="folder">Final name of the output.</param>
/// <param name="key">What decides its contents: the same for all, which is checked before anything is done.</param>
internal sealed class RankedStage(IProcessGroup ranks, string folder, StageKey key)
{
    private const string Work = "work";
    private const string Nothing = "nothing to do";

    private bool _hasLed;

    /// <summary>Makes the folder.</summary>
    /// <param name="lead">What rank 0 does; calls <see cref="Lead{T}"/> where there is work.</param>
    /// <param name="follow">What the others do in the partial folder, where there is work.</param>
    public Manifest Make(Func<Manifest> lead, Action<string> follow)
    {
        if (ranks.Count > 1)
        {
            var own = StageDirectory.ManifestOf(key, new Dictionary<string, double>());
            RankAgreement.Check(ranks, JsonSerializer.Serialize(new Made(StageDirectory.Name(folder), own), ArtifactJson.Line), Difference);
        }

        if (ranks.Rank == 0)
        {
            var manifest = lead();
            if (!_hasLed)
            {
                ranks.Broadcast(Nothing);
            }

            ranks.Broadcast(ranks.Count == 1 ? "" : JsonSerializer.Serialize(manifest, ArtifactJson.Line));
            return manifest;
        }

        if (ranks.Broadcast("") == Work)
        {
            follow(StageDirectory.PartialOf(folder));
            ranks.Barrier();
        }

        return JsonSerializer.Deserialize<Manifest>(ranks.Broadcast(""), ArtifactJson.Line)!;
    }

    /// <summary>Lets the others begin, works with them and waits for them.</summary>
    public T Lead<T>(Func<T> work)
    {
        _hasLed = true;
        ranks.Broadcast(Work);
        var result = work();
        ranks.Barrier();
        return result;
    }

    /// <inheritdoc cref="Lead{T}"/>
    public void Lead(Action work) => Lead(() =>
    {
        work();
        return true;
    });

    private string Difference(string first)
    {
        var (name, made) = JsonSerializer.Deserialize<Made>(first, ArtifactJson.Line)!;
        string own = StageDirectory.Name(folder);
        return made.Stage != key.Stage || name != own
            ? $"makes '{own}' by '{key.Stage}' where rank 0 makes '{name}' by '{made.Stage}'"
            : $"would make another '{own}' than rank 0: {key.ChangesFrom(made)}";
    }

    private sealed record Made(string Name, Manifest Key);
}
