namespace FuseSharp.Evaluation.Endpoints;

/// <summary>How patient a client is with an endpoint.</summary>
public sealed record EndpointLimits
{
    /// <summary>Longest time for one answer, from the question to its last byte.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How often a question is asked again at most; 0 for never.</summary>
    public int MostRetries { get; init; } = 6;

    /// <summary>Time before the first retry; doubled for each one.</summary>
    public TimeSpan FirstDelay { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>The longest wait that a server may ask for.</summary>
    public TimeSpan LongestDelay { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
