namespace FuseSharp.Pipeline.Merge;

/// <summary>One tensor of a merge's result: what it is made of.</summary>
/// <param name="Name">Its name in the result.</param>
/// <param name="Sources">Models that are merged and what each calls it.</param>
/// <param name="Base">The same of the base; null where there is none.</param>
/// <param name="Part">Which slice it belongs to.</param>
/// <param name="T">How far its layer is on the way from the slice's first, 0, to its last, 1; 0 for what is no layer, as in mergekit.</param>
internal sealed record MergedTensor(string Name, IReadOnlyList<(string Model, string Name)> Sources, (string Model, string Name)? Base, int Part, double T);
