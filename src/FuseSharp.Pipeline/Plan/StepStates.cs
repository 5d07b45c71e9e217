using FuseSharp.Errors;
using FuseSharp.Storage.Artifacts;


namespace FuseSharp.Pipeline.Plan;

/// <summary>Compares what a run would make with what is there, in the order of the run: nothing is made and nothing written.</summary>
internal sealed class StepStates
{
    private const int MostNamed = 4;

    private readonly List<RunStep> _steps = [];
    private readonly Dictionary<string, string> _keys = new(StringComparer.Ordinal);

    /// <summary>All that were added.</summary>
    public IReadOnlyList<RunStep> Steps => _steps;

    /// <summary>The key that a step's output has or will have; null where it depends on what is not made yet.</summary>
    /// <param name="folder">Of an earlier step.</param>
    public string? KeyOf(string folder) => _keys.GetValueOrDefault(folder);

    /// <summary>Whether an earlier step's output is there and stays.</summary>
    /// <param name="folder">Of an earlier step.</param>
    public bool Stays(string folder) => _steps.Find(s => s.Folder == folder)?.State == RunStep.UpToDate;

    /// <summary>Adds a step.</summary>
    /// <param name="stage">Its stage.</param>
    /// <param name="what">What it is made of, for people.</param>
    /// <param name="folder">Its output.</param>
    /// <param name="inputs">Which input of its key is which earlier step's output; others lie outside of the run.</param>
    /// <param name="key">What decides it; null where it depends on what is not made yet.</param>
    public void Add(string stage, string what, string folder, IReadOnlyDictionary<string, string> inputs, Func<StageKey?> key)
    {
        StageKey? now = null;
        string state;
        try
        {
            now = key();
            state = StateOf(folder, inputs, now);
        }
        catch (FuseSharpException fault)
        {
            state = $"refused: {fault.Message}";
        }

        if (now is not null)
        {
            _keys[folder] = now.Hash;
        }

        _steps.Add(new RunStep(stage, what, folder, state));
    }

    private string StateOf(string folder, IReadOnlyDictionary<string, string> inputs, StageKey? key)
    {
        var finished = Manifest.ReadOwn(folder) ?? (PartFolders.Found(folder).Count > 0 ? Manifest.Read(folder) : null);
        if (finished is null)
        {
            return StageFolder.KeyOfPartial(folder) switch
            {
                null => RunStep.Missing,
                var begun when begun == key?.Hash => $"{RunStep.Missing}, begun: continues",
                _ when key is null => $"{RunStep.Missing}, begun",
                _ => $"{RunStep.Missing}, begun with other settings or inputs: starts over",
            };
        }

        if (key is null)
        {
            string[] open = [.. inputs.Values.Where(f => !Stays(f)).Select(NameOf).Distinct()];
            return inputs.Values.Any(IsAgain) ? $"again: follows {NameOf(inputs.Values.First(IsAgain))}" : $"decided after {string.Join(", ", open)}";
        }

        if (key.Hash == finished.Key)
        {
            return RunStep.UpToDate;
        }

        // An input that an earlier step makes changes only because that step does.
        string[] reasons = [.. key.Changes(finished).Select(c => c.IsInput && inputs.TryGetValue(c.Name, out string? from) ? $"follows {NameOf(from)}" : c.Text).Distinct()];
        return reasons.Length == 0 ? "again: its manifest was changed"
            : $"again: {string.Join(", ", reasons.Take(MostNamed))}{(reasons.Length > MostNamed ? FormattableString.Invariant($" and {reasons.Length - MostNamed} more") : "")}";
    }

    private bool IsAgain(string folder) => _steps.Find(s => s.Folder == folder)?.State.StartsWith("again", StringComparison.Ordinal) ?? false;

    private string NameOf(string folder) => _steps.Find(s => s.Folder == folder)?.Name ?? folder;
}
