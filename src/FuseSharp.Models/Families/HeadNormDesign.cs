namespace FuseSharp.Models.Families;

/// <summary>Norms of queries and keys, before they turn.</summary>
/// <param name="Kind">What they go over.</param>
/// <param name="Norm">How.</param>
/// <param name="QueryName">Name in the checkpoint.</param>
/// <param name="KeyName">Likewise.</param>
internal sealed record HeadNormDesign(HeadNormKind Kind, NormDesign Norm, string QueryName = "q_norm", string KeyName = "k_norm");
