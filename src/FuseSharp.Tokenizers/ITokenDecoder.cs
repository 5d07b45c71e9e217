namespace FuseSharp.Tokenizers;

/// <summary>Puts token strings together to a text.</summary>
internal interface ITokenDecoder
{
    /// <summary>The text of tokens.</summary>
    /// <param name="tokens">As the vocabulary holds them, at least one; may be changed here.</param>
    string Decode(string[] tokens);
}
