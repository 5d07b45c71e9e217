using static TorchSharp.torch;

namespace FuseSharp.Models.Checkpoints;

/// <summary>Numbers that tensors of a pickle share.</summary>
/// <param name="Type">Of each.</param>
/// <param name="Key">Name of the zip entry below <c>data/</c>.</param>
internal sealed record PickledStorage(ScalarType Type, string Key);
