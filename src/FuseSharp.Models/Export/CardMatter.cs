namespace FuseSharp.Models.Export;

/// <summary>What the front matter of a model card says of rights and origin.</summary>
/// <param name="Licenses">Identifiers such as <c>apache-2.0</c>; mostly one, none where it is not said.</param>
/// <param name="LicenseName">Of a license without an identifier, or null.</param>
/// <param name="LicenseLink">Where that license stands, or null.</param>
/// <param name="BaseModels">What the model was made of, as a rule ids on Hugging Face.</param>
public sealed record CardMatter(IReadOnlyList<string> Licenses, string? LicenseName, string? LicenseLink, IReadOnlyList<string> BaseModels);
