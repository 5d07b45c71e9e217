using System.ComponentModel.DataAnnotations;
using FuseSharp.Models.Scoring;

namespace FuseSharp.Evaluation.Evaluate;

/// <summary>How tasks are run.</summary>
public sealed record TaskRunOptions
{
    /// <summary>Folder that holds the tasks' data.</summary>
    public string Data { get; init; } = "";

    /// <summary>Most questions of a task, or of each of its parts: the first rows.</summary>
    [Range(1, int.MaxValue)] public int Limit { get; init; } = int.MaxValue;

    /// <summary>Examples before each question; null for each task's own number.</summary>
    [Range(0, 100)] public int? Shots { get; init; }

    /// <summary>Seed of the draw of examples, and of answers that are drawn.</summary>
    public int Seed { get; init; } = 42;

    /// <summary>Whether models are asked by conversation in every task, and not only in those that say so; a model without a chat template is then refused.</summary>
    public bool Chat { get; init; }

    /// <summary>Number type in which the models that are asked work: part of the key, so not auto but what it came to.</summary>
    public Precision Precision { get; init; }

    /// <summary>Those of a recipe.</summary>
    public static TaskRunOptions From(EvaluateOptions options) => new() { Data = options.Data!, Limit = options.Limit == 0 ? int.MaxValue : options.Limit, Chat = options.Chat, Precision = options.Precision };
}
