namespace FuseSharp.Options;

/// <summary>An option's value that holds several numbers, each of which must lie in the option's range.</summary>
public interface INumbers
{
    /// <summary>All of them.</summary>
    IEnumerable<double> Numbers { get; }
}
