using System.Globalization;

namespace FuseSharp.Storage.Texts;

/// <summary>Which piece of which document; the same in the output of every stage from split on.</summary>
/// <param name="Document">0-based number of the document in its split.</param>
/// <param name="Piece">0-based number of the piece in its document; 0 for a document that was not cut.</param>
public readonly record struct PieceId(int Document, int Piece)
{
    /// <summary>As messages name it.</summary>
    public override string ToString()
        => Piece == 0 ? Document.ToString(CultureInfo.InvariantCulture) : string.Create(CultureInfo.InvariantCulture, $"{Document} (piece {Piece})");
}
