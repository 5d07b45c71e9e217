namespace FuseSharp.Report.Content;

/// <summary>A row of a table.</summary>
/// <param name="Cells">The first one is its name.</param>
/// <param name="IsMain">Whether it is what the table is about: the fused model.</param>
public sealed record ReportRow(IReadOnlyList<string> Cells, bool IsMain = false)
{
    /// <summary>Places among the cells after the name, from 0, of those that are the best of their column.</summary>
    public IReadOnlyList<int> Best { get; init; } = [];

    /// <summary>Its name.</summary>
    public string Name => Cells[0];

    /// <summary>The cells after the name.</summary>
    public IEnumerable<string> Values => Cells.Skip(1);
}
