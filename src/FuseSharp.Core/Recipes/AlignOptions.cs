namespace FuseSharp.Core.Recipes;

/// <summary>How each source's distributions are laid over the target's positions and vocabulary.</summary>
public sealed record AlignOptions
{
    /// <summary>How positions are paired.</summary>
    public AlignmentMethod Alignment { get; init; } = AlignmentMethod.Boundary;

    /// <summary>Where a source token's probability goes; with <see cref="AlignmentMethod.Boundary"/> only.</summary>
    public ProjectionMethod Projection { get; init; } = ProjectionMethod.FirstToken;
}
