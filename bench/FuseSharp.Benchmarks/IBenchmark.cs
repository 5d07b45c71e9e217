namespace FuseSharp.Benchmarks;

/// <summary>One measurement that an issue or the README quotes.</summary>
internal interface IBenchmark
{
    /// <summary>What to type after <c>--</c>.</summary>
    string Name { get; }

    /// <summary>Measures, printing on the way whatever explains the figures.</summary>
    /// <param name="arguments">What was typed behind the name.</param>
    /// <returns>The figures; none where a part of a benchmark ran in a process of its own, which prints what it measured, or where the machine lacks what it needs, and a line said so.</returns>
    IReadOnlyList<Figure> Run(string[] arguments);
}
