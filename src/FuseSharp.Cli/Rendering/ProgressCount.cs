using System.Globalization;

namespace FuseSharp.Cli.Rendering;

/// <summary>How far a piece of work is, and the figures that are shown of it.</summary>
/// <param name="name">What is being done.</param>
/// <param name="total">Units of work; 0 where unknown.</param>
/// <param name="unit">What a unit is, in the plural.</param>
/// <param name="time">The clock.</param>
internal sealed class ProgressCount(string name, long total, string unit, TimeProvider time)
{
    private const double Day = 86_400;
    private const double LargestPlain = 1e7;
    private const int LongestUnit = 6;

    private readonly long _start = time.GetTimestamp();
    private long _done;
    private long _skipped;

    public string Name => name;

    /// <summary>A few words that tell health; empty where nothing was said.</summary>
    public string Health { get; private set; } = "";

    public bool IsComplete { get; private set; }

    public bool HasTotal => total > 0;

    /// <summary>0–1.</summary>
    public double Share => total == 0 ? 0 : Math.Clamp((double)_done / total, 0, 1);

    private string One => unit.TrimEnd('s');

    /// <summary>As in <c>1,200 of 4,000 pieces</c>; <c>4,000 pieces</c> where that is all.</summary>
    public string Amount => HasTotal && _done != total ? Show($"{_done:N0} of {total:N0} {unit}") : Show($"{_done:N0} {(_done == 1 ? One : unit)}");

    /// <summary>Rounded down: 100 % is all.</summary>
    public string Percent => Show($"{Math.Floor(Share * 100):F0} %");

    /// <summary>Units a second of this session, or seconds a unit where they are slow; <c>–</c> before the first.</summary>
    public string Rate
    {
        get
        {
            double rate = (_done - _skipped) / Math.Max(1e-3, Seconds);
            return rate <= 0 ? "–"
                : rate >= LargestPlain ? Show($"{rate / 1e6:N0} M/s")
                : rate >= 100 ? Show($"{rate:N0}/s")
                : rate >= 1 ? Show($"{rate:N1}/s")
                : Slow(1 / rate, One);
        }
    }

    /// <summary>Time left at this rate, as <c>0:42</c>, <c>1:02:03</c> or <c>12 days</c>; <c>–</c> where it is not known.</summary>
    public string Left
    {
        get
        {
            long own = _done - _skipped;
            double seconds = total == 0 || own <= 0 ? double.NaN : Math.Max(0, total - _done) * Seconds / own;
            return double.IsNaN(seconds) ? "–"
                : seconds >= 100 * 3600 ? Show($"{Math.Min(seconds / Day, 999):N0} days")
                : seconds >= 3600 ? Show($"{(int)seconds / 3600}:{(int)seconds / 60 % 60:00}:{(int)seconds % 60:00}")
                : Show($"{(int)seconds / 60}:{(int)seconds % 60:00}");
        }
    }

    /// <summary>Seconds since it began.</summary>
    public double Seconds => time.GetElapsedTime(_start).TotalSeconds;

    /// <summary>What is said when it ends: how much in which time, and whether that was all.</summary>
    public string Ending => Show($"{Amount} {(IsComplete ? "in" : "done, stopped after")} {Seconds:F1} s{(IsComplete && _done > _skipped ? $", {Rate}" : "")}");

    public void Advance(long units, string? health)
    {
        Interlocked.Add(ref _done, units);
        Health = health ?? Health;
    }

    public void Skip(long units)
    {
        Interlocked.Add(ref _skipped, units);
        Interlocked.Add(ref _done, units);
    }

    public void Complete() => IsComplete = true;

    private static string Slow(double seconds, string unit)
        => $"{(seconds >= 100 ? Show($"{Math.Min(seconds, 99_999):N0}") : Show($"{seconds:N1}"))} s{(unit.Length <= LongestUnit ? "/" + unit : " each")}";

    private static string Show(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
