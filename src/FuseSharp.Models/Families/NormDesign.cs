namespace FuseSharp.Models.Families;

/// <summary>A norm.</summary>
/// <param name="Kind">How.</param>
/// <param name="Epsilon">Added under the root.</param>
internal sealed record NormDesign(NormKind Kind, double Epsilon);
