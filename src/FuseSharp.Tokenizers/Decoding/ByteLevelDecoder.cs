using System.Text;
using FuseSharp.Tokenizers.Bpe;

namespace FuseSharp.Tokenizers.Decoding;

/// <summary>Reads the byte-level writing; a token with a character outside of it stands for itself.</summary>
internal sealed class ByteLevelDecoder : ITokenDecoder
{
    /// <inheritdoc/>
    public string Decode(string[] tokens)
    {
        using var bytes = new MemoryStream();
        foreach (string token in tokens)
        {
            bytes.Write(ByteAlphabet.Read(token) ?? Encoding.UTF8.GetBytes(token));
        }

        return Encoding.UTF8.GetString(bytes.GetBuffer(), 0, (int)bytes.Length);
    }
}
