using FuseSharp.Models.Generate;

namespace FuseSharp.Pipeline.Write;

/// <summary>A document that a model wrote.</summary>
/// <param name="Number">0-based place among all that it wrote, which seeds the draw.</param>
/// <param name="Prompt">What it was given to begin with; empty for nothing.</param>
/// <param name="Text">What it wrote behind that.</param>
/// <param name="Finish">Why it ended.</param>
internal sealed record WrittenText(int Number, string Prompt, string Text, FinishReason Finish);
