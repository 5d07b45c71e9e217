namespace FuseSharp.Models.Generate;

/// <summary>A token and the natural logarithm of its probability.</summary>
/// <param name="Id">Its id.</param>
/// <param name="LogProbability">Nats, at most 0.</param>
public readonly record struct TokenLogProbability(int Id, double LogProbability);
