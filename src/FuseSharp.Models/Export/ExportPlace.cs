using FuseSharp.Models.Checkpoints;

namespace FuseSharp.Models.Export;

/// <summary>Where a checkpoint's tensor goes in a GGUF file.</summary>
/// <param name="Name">llama.cpp's name; all experts of a block share it.</param>
/// <param name="Order">How its rows are laid out there.</param>
/// <param name="Expert">0-based; null for what is no expert's.</param>
internal sealed record ExportPlace(string Name, RowOrder Order, int? Expert = null);
