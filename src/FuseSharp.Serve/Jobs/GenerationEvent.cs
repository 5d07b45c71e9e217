using FuseSharp.Models.Generate;


namespace FuseSharp.Serve.Jobs;

/// <summary>What a continuation of a job gained.</summary>
/// <param name="Choice">0-based: prompts in order, the continuations of each side by side.</param>
/// <param name="Text">New text, never half a character.</param>
/// <param name="Tokens">New tokens.</param>
/// <param name="Finish">Why it ended; null while it goes on.</param>
internal sealed record GenerationEvent(int Choice, string Text, IReadOnlyList<GeneratedToken> Tokens, FinishReason? Finish);
