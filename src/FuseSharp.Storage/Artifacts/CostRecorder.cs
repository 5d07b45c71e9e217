using System.Diagnostics;
using System.Text.Json;
using FuseSharp.Files;

namespace FuseSharp.Storage.Artifacts;

/// <summary>Records what a stage takes while it works, so that a killed process leaves its share behind.</summary>
internal sealed class CostRecorder : IDisposable
{
    private static readonly TimeSpan _interval = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private readonly Stopwatch _elapsed = Stopwatch.StartNew();
    private readonly string _folder;
    private readonly StageCost? _before;
    private readonly Timer _timer;
    private bool _hasEnded;

    private CostRecorder(string folder)
    {
        _folder = folder;
        _before = StageCost.Read(folder);
        ProcessMemory.ResetPeak();
        Write();
        _timer = new Timer(_ => WriteUnlessEnded(), null, _interval, _interval);
    }

    /// <summary>Starts with what earlier processes have recorded.</summary>
    /// <param name="partial">The folder that is being filled.</param>
    public static CostRecorder Start(string partial) => new(partial);

    /// <summary>Writes the last record, unless the folder has moved on.</summary>
    public void Dispose()
    {
        WriteUnlessEnded(isEnd: true);
        _timer.Dispose();
    }

    private void WriteUnlessEnded(bool isEnd = false)
    {
        lock (_lock)
        {
            if (!_hasEnded && Directory.Exists(_folder))
            {
                Write();
            }

            _hasEnded |= isEnd;
        }
    }

    private void Write()
    {
        var cost = new StageCost((_before?.Seconds ?? 0) + _elapsed.Elapsed.TotalSeconds, (_before?.Sessions ?? 0) + 1,
            Math.Max(_before?.PeakBytes ?? 0, ProcessMemory.PeakBytes()), Machine.Description);
        try
        {
            Durable.WriteText(Path.Combine(_folder, StageCost.FileName), JsonSerializer.Serialize(cost, ArtifactJson.Options) + "\n");
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            // A full disk ends the stage where it writes its results, with a message of its own; a note about it need not.
        }
    }
}
