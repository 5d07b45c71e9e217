using FuseSharp.Fusion.Records;

namespace FuseSharp.Fusion.Tests.Records;

public sealed class TokenCostsTests
{
    // Tokens end at bytes 3, 5, 9 and 9: a word of 2 bytes costs the target 1 nat, one of 4 bytes 2, the end of the text 3.
    private static readonly TokenCosts _costs = new([[1, 2, 3, 0], [2, 2, 1, 0]], [3, 5, 9, 9]);

    [Theory]
    [InlineData(0, 4, 6.0 / 4, 5.0 / 4, 6.0 / 6, 5.0 / 6)] // all: bytes 3 to 9
    [InlineData(0, 1, 1.0, 2.0, 1.0 / 2, 2.0 / 2)]         // predicts the token of 2 bytes
    [InlineData(1, 2, 5.0 / 2, 3.0 / 2, 5.0 / 4, 3.0 / 4)] // predicts 4 bytes and the end
    [InlineData(2, 2, 3.0 / 2, 1.0 / 2, 3.0, 1.0)]         // the end has no bytes: over 1
    [InlineData(3, 1, 0.0, 0.0, 0.0, 0.0)]                 // predicts nothing
    public void Piece_IsPaidPerTokenAndPerPredictedByte(int start, int length, double target, double source, double targetByte, double sourceByte)
    {
        var piece = _costs.Piece(7, start, length);

        Assert.Equal((7, length), (piece.Document, piece.Length));
        Assert.Equal([(float)target, (float)source], piece.NatsPerToken);
        Assert.Equal([(float)targetByte, (float)sourceByte], piece.NatsPerByte);
    }
}
