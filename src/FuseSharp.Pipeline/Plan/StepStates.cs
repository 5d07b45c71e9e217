using FuseSharp.Errors;
using FuseSharp.Storage.Artifacts;
using static TorchSharp.torch;

namespace FuseSharp.Pipeline.Plan;

/// <summary>Compares what a run would make with what is there, in the order of the run: nothing is made and nothing written.</summary>
/// <param name="device">Where models would run.</param>
internal sealed class StepStates(Device device)
{
    private const int MostNamed = 4;

    private readonly List<StepState> _all = [];
    private readonly Dictionary<string, string> _keys = new(StringComparer.Ordinal);

    /// <summary>Of all steps that were added.</summary>
    public IReadOnlyList<StepState> All => _all;

    /// <summary>Where models would run.</summary>
    public Device Device => device;

    /// <summary>The key that a step's output has or will have; null where it depends on what is not made yet.</summary>
    /// <param name="folder">Of an earlier step.</param>
    public string? KeyOf(string folder) => _keys.GetValueOrDefault(folder);

    /// <summary>Whether what lies there stays as it is: the output of an earlier step that is up to date, or nothing that the run makes.</summary>
    /// <param name="folder">Of an earlier step, or of a model that was there before.</param>
    public bool Stays(string folder) => Find(folder)?.IsUpToDate ?? true;

    /// <summary>Adds a step behind those that it follows.</summary>
    public void Add(FusionStep step)
    {
        StageKey? key = null;
        string text;
        try
        {
            key = step.Key(this);
            text = TextOf(step, key);
        }
        catch (FuseSharpException fault)
        {
            text = $"refused: {fault.Message}";
        }

        if (key is not null)
        {
            _keys[step.Folder] = key.Hash;
        }

        _all.Add(new StepState(step, text));
    }

    private string TextOf(FusionStep step, StageKey? key)
    {
        var finished = Manifest.ReadOwn(step.Folder) ?? (PartFolders.Found(step.Folder).Count > 0 ? Manifest.Read(step.Folder) : null);
        if (finished is null)
        {
            return StageDirectory.KeyOfPartial(step.Folder) switch
            {
                null => StepState.Missing,
                var begun when begun == key?.Hash => $"{StepState.Missing}, begun: continues",
                _ when key is null => $"{StepState.Missing}, begun",
                _ => $"{StepState.Missing}, begun with other settings or inputs: starts over",
            };
        }

        if (key is null)
        {
            // Not "again": what is made again may come out as it was, and then this step is up to date.
            return $"decided after {string.Join(", ", step.Inputs.Values.Where(f => !Stays(f)).Distinct().Select(f => Find(f)!.Step.Name))}";
        }

        if (key.Hash == finished.Key)
        {
            return finished.MissingFile(step.Folder) is { } missing ? $"{StepState.Again}: '{missing}' is missing" : StepState.UpToDate;
        }

        // An input that an earlier step makes changes only because that step does.
        string[] reasons = [.. key.Changes(finished).Select(c => c.IsInput && step.Inputs.TryGetValue(c.Name, out string? from) && Find(from) is { } earlier ? $"follows {earlier.Step.Name}" : c.Text).Distinct()];
        return reasons.Length == 0 ? $"{StepState.Again}: its manifest was changed"
            : $"{StepState.Again}: {string.Join(", ", reasons.Take(MostNamed))}{(reasons.Length > MostNamed ? FormattableString.Invariant($" and {reasons.Length - MostNamed} more") : "")}";
    }

    private StepState? Find(string folder) => _all.Find(s => s.Step.Folder == folder);
}
