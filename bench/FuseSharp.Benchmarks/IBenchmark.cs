namespace FuseSharp.Benchmarks;

/// <summary>One measurement that an issue or the README quotes.</summary>
internal interface IBenchmark
{
    /// <summary>What to type after <c>--</c>.</summary>
    string Name { get; }

    /// <summary>Measures, printing on the way whatever explains the figure.</summary>
    /// <param name="arguments">What was typed behind the name.</param>
    /// <returns>The last line: <c>NAME: figure unit (goal …)</c>.</returns>
    string Run(string[] arguments);
}
