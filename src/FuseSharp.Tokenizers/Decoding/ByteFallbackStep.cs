namespace FuseSharp.Tokenizers.Decoding;

/// <summary>"ByteFallback": byte tokens in a row become characters.</summary>
internal sealed class ByteFallbackStep : IDecoderStep
{
    /// <inheritdoc/>
    public List<string> Decode(List<string> tokens)
    {
        var result = new List<string>(tokens.Count);
        var bytes = new List<byte>();
        foreach (string token in tokens)
        {
            if (TokenBytes.ByteOf(token) is >= 0 and int value)
            {
                bytes.Add((byte)value);
                continue;
            }

            Flush();
            result.Add(token);
        }

        Flush();
        return result;

        void Flush()
        {
            if (bytes.Count > 0)
            {
                result.Add(ByteRuns.DecodeWhole(bytes));
                bytes.Clear();
            }
        }
    }
}
