using FuseSharp.Options;

namespace FuseSharp.Fusion.Align;

/// <summary>How a source's distributions come onto the target's positions and vocabulary.</summary>
public sealed record AlignOptions : ICheckedOptions
{
    /// <summary>Whether the FuseLLM reference's numbers are wanted, defects included, or mended ones; training on the reference's needs <c>train.fusion.missing_probability: renormalize</c>.</summary>
    public MethodSettings Settings { get; init; } = MethodSettings.Default;

    /// <summary>How positions are found to belong together; the published run: soft.</summary>
    public AlignmentMethod Alignment { get; init; } = AlignmentMethod.Boundary;

    /// <summary>With <see cref="AlignmentMethod.Boundary"/>: which target token gets a source token's probability.</summary>
    public TokenProjection Projection { get; init; } = TokenProjection.FirstToken;

    /// <summary>Which of equally similar target tokens the vocabulary map takes, where it is used; co_occurrence counts the validation texts.</summary>
    public MapVariant Map { get; init; } = MapVariant.Default;

    /// <inheritdoc/>
    public IEnumerable<string> Conflicts(string path)
    {
        if (this is { Settings: MethodSettings.Reference, Alignment: AlignmentMethod.Boundary })
        {
            yield return $"'{path}settings' is reference, but the reference has no 'alignment: boundary'. Use 'alignment: hard' or 'soft', or 'settings: default'.";
        }
    }

    /// <summary>Whether a source's rows may be projected onto the target's vocabulary before they come here: where the projection depends on the two tokenizers alone.</summary>
    public bool TakesProjectedRows() => this is { Settings: MethodSettings.Default, Alignment: AlignmentMethod.Boundary, Projection: TokenProjection.FirstToken };

    /// <summary>Whether the vocabulary map is used.</summary>
    public bool UsesMap() => Alignment == AlignmentMethod.Soft || (Alignment == AlignmentMethod.Boundary && Projection == TokenProjection.Mapped);
}
