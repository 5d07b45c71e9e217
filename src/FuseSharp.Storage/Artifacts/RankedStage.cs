using System.Text.Json;
using FuseSharp.Storage.Ranks;

namespace FuseSharp.Storage.Artifacts;

/// <summary>How several ranks make a stage's folder: rank 0 keeps it, all work in it.</summary>
/// <remarks>
/// <code>
/// rank 0      is it there? lock, prepare ── mark ─────── work ── wait for all ── manifest, final name ── its manifest
/// the others  wait ──────────────────────── see it? ──── work ── wait for all ── wait ────────────────── its manifest
/// </code>
/// The mark, a file beside the partial folder with a number drawn for it, shows that all ranks work in one folder and not on disks of their own under the same path.
/// </remarks>
/// <param name="ranks">All of them make the same stages in the same order.</param>
/// <param name="folder">Final name of the output.</param>
/// <param name="key">What decides its contents: the same for all, which is checked before anything is done.</param>
internal sealed class RankedStage(IProcessGroup ranks, string folder, StageKey key)
{
    private const string Work = "work";
    private const string Nothing = "nothing to do";
    private const string MarkSuffix = ".ranks";

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

        if (ranks.Broadcast("") is var said && said != Nothing)
        {
            See(said[Work.Length..]);
            follow(StageDirectory.PartialOf(folder));
            ranks.Barrier();
        }

        return JsonSerializer.Deserialize<Manifest>(ranks.Broadcast(""), ArtifactJson.Line)!;
    }

    /// <summary>Lets the others begin, works with them and waits for them.</summary>
    public T Lead<T>(Func<T> work)
    {
        _hasLed = true;
        Show();
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

    private string Mark => StageDirectory.PartialOf(folder) + MarkSuffix;

    private void Show()
    {
        if (ranks.Count == 1)
        {
            return;
        }

        string mark = Guid.NewGuid().ToString("N");
        try
        {
            File.WriteAllText(Mark, mark);
            ranks.Broadcast(Work + mark);
            Refuse(null);
        }
        finally
        {
            File.Delete(Mark);
        }
    }

    private void See(string mark)
        => Refuse(File.Exists(Mark) && File.ReadAllText(Mark) == mark ? null : $"sees another folder under '{folder}' than rank 0");

    private void Refuse(string? reason) => RankAgreement.Refuse(ranks, reason, "The output must lie where all machines see the same files under the same path; on NFS mount it with lookupcache=positive.");

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
