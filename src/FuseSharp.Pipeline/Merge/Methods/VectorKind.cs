namespace FuseSharp.Pipeline.Merge.Methods;

/// <summary>What of a tensor is taken as one vector.</summary>
internal enum VectorKind
{
    /// <summary>All of it.</summary>
    Whole,

    /// <summary>Each run of the last dimension; a tensor of one dimension is one.</summary>
    LastDimension,

    /// <summary>Each run of the first dimension; a tensor of one dimension is one.</summary>
    FirstDimension,
}
