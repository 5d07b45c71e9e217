using System.ComponentModel.DataAnnotations;
using FuseSharp.Evaluation.Judge;
using FuseSharp.Models.Scoring;
using FuseSharp.Options;

namespace FuseSharp.Evaluation;

/// <summary>How models are compared on the test texts and in benchmarks.</summary>
public sealed record EvaluateOptions : ICheckedOptions
{
    /// <summary>Longest window that is read at once, tokens, at least 2, at most each model's context; 0 takes the split's maximal length.</summary>
    [Range(0, 1 << 20)] public int Window { get; init; }

    /// <summary>Number type in which models read the test texts and answer.</summary>
    public Precision Precision { get; init; } = Precision.Auto;

    /// <summary>Benchmarks that every model of the comparison is asked, as `fusesharp evaluate --tasks` knows them.</summary>
    public IReadOnlyList<string> Tasks { get; init; } = [];

    /// <summary>Folder with the benchmarks' data.</summary>
    public string? Data { get; init; }

    /// <summary>Most questions of a benchmark and of each of its parts, the first rows; 0 for all.</summary>
    [Range(0, int.MaxValue)] public int Limit { get; init; }

    /// <summary>Whether models are asked by conversation in every benchmark, through their chat templates, and not only in those that say so; each model needs one then.</summary>
    public bool Chat { get; init; }

    /// <summary>Who judges the answers to Vicuna Bench, where that is among the benchmarks: grades of every model, and wins against CLM.</summary>
    public JudgeOptions Judge { get; init; } = new();

    /// <summary>First words of so many test documents, one of each domain in turn, that target, CLM and fused model continue side by side in the report, beside
    /// the recipe's own prompt.</summary>
    [Range(0, 100)] public int Samples { get; init; } = 3;

    /// <inheritdoc/>
    public IEnumerable<string> Conflicts(string path)
    {
        if (Window == 1)
        {
            yield return $"'{path}window' is 1, expected at least 2, or 0 for the split's length: from one token nothing can be predicted.";
        }
    }
}
