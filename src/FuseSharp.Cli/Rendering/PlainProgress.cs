using FuseSharp.Progress;


namespace FuseSharp.Cli.Rendering;

/// <summary>Progress as lines, for logs: one every ten seconds and one at the end of each task.</summary>
/// <param name="output">Gets progress.</param>
/// <param name="results">Gets results.</param>
/// <param name="time">The clock.</param>
internal sealed class PlainProgress(TextWriter output, TextWriter results, TimeProvider time) : IProgressReporter
{
    private static readonly TimeSpan _interval = TimeSpan.FromSeconds(10);

    public IProgressTask Start(string name, long total, string unit) => new Lines(new ProgressCount(name, total, unit, time), output, time);

    public void Say(string line) => output.WriteLine(line);

    public void Result(string line) => results.WriteLine(line);

    private sealed class Lines(ProgressCount count, TextWriter output, TimeProvider time) : IProgressTask
    {
        private long _said = time.GetTimestamp();

        public void Advance(long units, string? health = null)
        {
            count.Advance(units, health);
            if (time.GetElapsedTime(_said) >= _interval)
            {
                _said = time.GetTimestamp();
                Write($"{count.Amount}, {count.Rate}{(count.HasTotal ? $", {count.Left} left" : "")}");
            }
        }

        public void Skip(long units) => count.Skip(units);

        public void Complete() => count.Complete();

        public void Dispose() => Write(count.Ending);

        private void Write(string what) => output.WriteLine($"{count.Name}  {what}{(count.Health.Length > 0 ? $"  {count.Health}" : "")}");
    }
}
