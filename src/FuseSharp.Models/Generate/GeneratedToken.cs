namespace FuseSharp.Models.Generate;

/// <summary>A token that a model wrote.</summary>
/// <param name="Id">Its id.</param>
/// <param name="LogProbability">Nats, before penalties and temperature; not a number where log-probabilities were not asked for.</param>
/// <param name="TopTokens">The most likely tokens at this place, most likely first; as many as were asked for.</param>
public sealed record GeneratedToken(int Id, double LogProbability, IReadOnlyList<TokenLogProbability> TopTokens);
