namespace FuseSharp.Tokenizers.Files;

/// <summary>One piece of a SentencePiece model.</summary>
/// <param name="Text">As the vocabulary holds it.</param>
/// <param name="Score">Higher merges earlier.</param>
/// <param name="Kind">What it is for.</param>
internal readonly record struct SentencePiece(string Text, float Score, SentencePieceKind Kind);
