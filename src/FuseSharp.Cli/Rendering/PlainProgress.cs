using System.Globalization;
using FuseSharp.Core.Progress;

namespace FuseSharp.Cli.Rendering;

/// <summary>Progress as lines, for logs: one every ten seconds and one at the end of each task.</summary>
internal sealed class PlainProgress(TextWriter output, TimeProvider time) : IProgressReporter
{
    private static readonly TimeSpan _interval = TimeSpan.FromSeconds(10);

    public IProgressTask Start(string name, long total, string unit) => new Lines(name, total, unit, output, time);

    public void Say(string line) => output.WriteLine(line);

    private sealed class Lines(string name, long total, string unit, TextWriter output, TimeProvider time) : IProgressTask
    {
        private readonly long _start = time.GetTimestamp();
        private long _said = time.GetTimestamp();
        private long _done;
        private string _health = "";

        public void Advance(long units, string? health = null)
        {
            _done += units;
            _health = health ?? _health;
            if (time.GetElapsedTime(_said) >= _interval)
            {
                _said = time.GetTimestamp();
                Write(finished: false);
            }
        }

        public void Dispose() => Write(finished: true);

        private void Write(bool finished)
        {
            double seconds = Math.Max(1e-3, time.GetElapsedTime(_start).TotalSeconds);
            double rate = _done / seconds;
            string amount = total > 0 ? string.Create(CultureInfo.InvariantCulture, $"{_done:N0}/{total:N0} {unit}") : string.Create(CultureInfo.InvariantCulture, $"{_done:N0} {unit}");
            string end = finished ? string.Create(CultureInfo.InvariantCulture, $"done in {seconds:F1} s")
                : total > 0 ? string.Create(CultureInfo.InvariantCulture, $"{(total - _done) / Math.Max(rate, 1e-9):F0} s left") : "";
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name}  {amount}  {rate:N1}/s  {_health}  {end}").TrimEnd());
        }
    }
}
