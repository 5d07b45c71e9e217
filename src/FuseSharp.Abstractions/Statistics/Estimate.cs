using System.Globalization;

namespace FuseSharp.Statistics;

/// <summary>A mean and how uncertain it is.</summary>
/// <param name="Mean">NaN where nothing was measured.</param>
/// <param name="StandardError">NaN where the sample does not tell: fewer than two values, or values that are all the same.</param>
public readonly record struct Estimate(double Mean, double StandardError)
{
    /// <summary>What stands where there is nothing to say.</summary>
    public const string Unknown = "–";

    /// <summary>The mean of independent values, with its standard error (n − 1).</summary>
    /// <param name="values">May be empty.</param>
    public static Estimate From(IReadOnlyList<double> values)
    {
        if (values.Count == 0)
        {
            return new Estimate(double.NaN, double.NaN);
        }

        double mean = values.Average();
        return new Estimate(mean, values.All(v => v == values[0]) ? double.NaN : Math.Sqrt(values.Sum(v => (v - mean) * (v - mean)) / (values.Count - 1) / values.Count));
    }

    /// <summary>1.2345 ± 0.0012; <c>–</c> for what is not known, the same in every culture.</summary>
    /// <param name="digits">After the point.</param>
    public string Show(int digits = 4) => double.IsFinite(Mean) ? $"{Number(Mean, digits)} ± {Number(StandardError, digits)}" : Unknown;

    /// <summary>A number, or <c>–</c> for one that is not known.</summary>
    /// <param name="value">The number.</param>
    /// <param name="digits">After the point.</param>
    public static string Number(double value, int digits = 4) => double.IsFinite(value) ? value.ToString($"F{digits}", CultureInfo.InvariantCulture) : Unknown;
}
