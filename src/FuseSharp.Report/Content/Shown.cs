using System.Globalization;
using FuseSharp.Statistics;

namespace FuseSharp.Report.Content;

/// <summary>Numbers as a report shows them, the same in every culture.</summary>
internal static class Shown
{
    /// <summary>What stands where there is nothing to say.</summary>
    public const string Nothing = Estimate.Unknown;

    /// <summary>1.2345 ± 0.0012; – for what is not known.</summary>
    public static string WithError(double value, double error, int digits = 4) => new Estimate(value, error).Show(digits);

    /// <summary>+0.0123 ± 0.0012.</summary>
    public static string Difference(double value, double error) => double.IsFinite(value) ? (value < 0 ? "−" : "+") + WithError(Math.Abs(value), error) : Nothing;

    /// <summary>1,234,567.</summary>
    public static string Count(double value) => value.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>1.9 M, 7.1 B.</summary>
    public static string Large(double value)
        => value >= 1e9 ? string.Create(CultureInfo.InvariantCulture, $"{value / 1e9:F2} B")
            : value >= 1e6 ? string.Create(CultureInfo.InvariantCulture, $"{value / 1e6:F1} M") : Count(value);

    /// <summary>12.3 kB, 12.3 MB, 12.3 GB.</summary>
    public static string Bytes(double value)
        => value >= 1e9 ? string.Create(CultureInfo.InvariantCulture, $"{value / 1e9:F1} GB")
            : value >= 1e6 ? string.Create(CultureInfo.InvariantCulture, $"{value / 1e6:F1} MB")
            : string.Create(CultureInfo.InvariantCulture, $"{value / 1e3:F1} kB");

    /// <summary>45.6 %.</summary>
    public static string Share(double value) => double.IsFinite(value) ? string.Create(CultureInfo.InvariantCulture, $"{100 * value:F1} %") : Nothing;

    /// <summary>12.3 s, 4 min 05 s, 2 h 03 min.</summary>
    public static string Duration(double seconds)
    {
        if (!(seconds >= 0 && seconds < TimeSpan.MaxValue.TotalSeconds))
        {
            return Nothing;
        }

        var time = TimeSpan.FromSeconds(seconds);
        return seconds < 60 ? string.Create(CultureInfo.InvariantCulture, $"{seconds:F1} s")
            : seconds < 3600 ? string.Create(CultureInfo.InvariantCulture, $"{time.Minutes} min {time.Seconds:D2} s")
            : string.Create(CultureInfo.InvariantCulture, $"{Math.Floor(time.TotalHours):F0} h {time.Minutes:D2} min");
    }
}
