using FuseSharp.Core.Gguf;
using FuseSharp.Torch.Checkpoints;

namespace FuseSharp.Torch.Export;

/// <summary>A tensor on its way into a GGUF file.</summary>
/// <param name="Name">llama.cpp's.</param>
/// <param name="Shape">In the file, outermost dimension first.</param>
/// <param name="Type">In the file.</param>
/// <param name="Source">Where it is read from.</param>
/// <param name="SourceName">Its name there.</param>
/// <param name="Order">How its rows are laid out in the file.</param>
internal sealed record ExportedTensor(string Name, IReadOnlyList<long> Shape, GgufType Type, ITensorSource Source, string SourceName, RowOrder Order);
