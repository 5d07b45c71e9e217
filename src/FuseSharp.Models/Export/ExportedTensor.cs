using FuseSharp.Models.Checkpoints;
using FuseSharp.Tokenizers.Gguf;


namespace FuseSharp.Models.Export;

/// <summary>A tensor on its way into a GGUF file.</summary>
/// <param name="Name">llama.cpp's.</param>
/// <param name="Shape">In the file, outermost dimension first.</param>
/// <param name="Type">In the file.</param>
/// <param name="Order">How the rows of a part are laid out in the file.</param>
/// <param name="Parts">Where it is read from: one tensor, or those of all experts, which lie in it one after the other.</param>
internal sealed record ExportedTensor(string Name, IReadOnlyList<long> Shape, GgufType Type, RowOrder Order, IReadOnlyList<(ITensorSource Source, string Name)> Parts);
