namespace FuseSharp.Options;

/// <summary>Options of which some values do not go together, beyond the range of each.</summary>
public interface ICheckedOptions
{
    /// <summary>A line for each conflict: what was found, what was expected, what to do.</summary>
    /// <param name="path">What stands before a key's name, such as <c>train.</c>; empty for none.</param>
    IEnumerable<string> Conflicts(string path);
}
