namespace FuseSharp.Evaluation.Judge;

/// <summary>What the judge said once.</summary>
/// <param name="Question">Number of the question.</param>
/// <param name="Category">Its category.</param>
/// <param name="Kind"><c>single</c>, <c>pair</c> with the model's answer first, or <c>swapped</c> with it second.</param>
/// <param name="Value">The grade, or 1, 0 or −1 for the model; null where the judge gave none.</param>
/// <param name="Text">All that it said.</param>
public sealed record Judgement(int Question, string Category, string Kind, double? Value, string Text);
