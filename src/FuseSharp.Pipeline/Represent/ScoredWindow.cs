using FuseSharp.Models.Scoring;

namespace FuseSharp.Pipeline.Represent;

/// <summary>A window of texts and what the model says of them.</summary>
/// <param name="Window">The texts.</param>
/// <param name="Scores">Of each.</param>
internal sealed record ScoredWindow(TokenizedWindow Window, SequenceScores[] Scores);
