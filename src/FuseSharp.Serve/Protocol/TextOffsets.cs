using System.Text;
using FuseSharp.Tokenizers;

namespace FuseSharp.Serve.Protocol;

/// <summary>Where tokens begin in a text, in characters (code points, as Python counts): a token inside a character begins where the character does.</summary>
/// <param name="tokenizer">Of the model.</param>
internal sealed class TextOffsets(ITokenizer tokenizer)
{
    private readonly List<byte> _open = []; // of a character that is not whole yet
    private int _characters;
    private bool _hasText;

    /// <summary>Where the next token begins.</summary>
    public int Next(int id)
    {
        int start = _characters;
        if (!tokenizer.IsSpecial(id))
        {
            // SentencePiece marks the start of a text with a space that is not part of it.
            var bytes = tokenizer.TextOf(id).Span;
            bool marksStart = !_hasText && bytes is [(byte)' ', ..] && !tokenizer.Decode([id]).StartsWith(' ');
            _open.AddRange(marksStart ? bytes[1..] : bytes);
            _hasText |= bytes.Length > 0;
            TakeWhole();
        }

        return start;
    }

    private void TakeWhole()
    {
        while (_open.Count > 0)
        {
            var status = Rune.DecodeFromUtf8(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_open), out _, out int length);
            if (status == System.Buffers.OperationStatus.NeedMoreData)
            {
                return;
            }

            _open.RemoveRange(0, length);
            _characters++;
        }
    }
}
