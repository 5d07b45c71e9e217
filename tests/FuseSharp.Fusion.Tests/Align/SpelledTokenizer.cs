using System.Text;
using FuseSharp.Fusion.Records;
using FuseSharp.Tokenizers;

namespace FuseSharp.Fusion.Tests.Align;

/// <summary>A vocabulary of plain strings, cut greedily; token 0 ends a text, token 1 is a control token without a counterpart.</summary>
internal sealed class SpelledTokenizer(params string[] words) : ITokenizer
{
    public IReadOnlyList<string> Vocabulary { get; } = ["</s>", "<pad>", .. words];

    public TokenizerFamily Family { get; init; } = TokenizerFamily.SentencePiece;

    public int? EndOfTextId => 0;

    public int? BeginningOfTextId => null;

    public bool AddsBeginningOfText => false;

    public string Fingerprint => string.Join('|', Vocabulary);

    public bool IsSpecial(int id) => id < 2;

    public TokenizedText Encode(string text)
    {
        int[] ids = [.. EncodeContinuation(Encoding.UTF8.GetBytes(text)), 0];
        int end = 0;
        return new(ids, [.. ids.Select(id => end += TextOf(id).Length)]);
    }

    public IReadOnlyList<int> EncodeContinuation(ReadOnlySpan<byte> bytes)
    {
        List<int> ids = [];
        while (!bytes.IsEmpty)
        {
            int longest = -1;
            for (int id = 2; id < Vocabulary.Count; id++)
            {
                if (bytes.StartsWith(TextOf(id).Span) && TextOf(id).Length > (longest < 0 ? 0 : TextOf(longest).Length))
                {
                    longest = id;
                }
            }

            if (longest < 0)
            {
                return [];
            }

            ids.Add(longest);
            bytes = bytes[TextOf(longest).Length..];
        }

        return ids;
    }

    public ReadOnlyMemory<byte> TextOf(int id)
        => IsSpecial(id) ? ReadOnlyMemory<byte>.Empty : Encoding.UTF8.GetBytes(Vocabulary[id].Replace('▁', ' '));

    public string Decode(ReadOnlySpan<int> ids) => throw new NotSupportedException();

    /// <summary>The text with its end-of-text token, and at every position the same candidates with the given probabilities.</summary>
    public Representation Represent(string text, params (int Id, double Probability)[] candidates)
    {
        var tokens = Encode(text);
        return new(
            default,
            tokens.Ids,
            tokens.EndsExclusive,
            new(candidates.Length,
                [.. tokens.Ids.SelectMany(_ => candidates.Select(c => c.Id))],
                [.. tokens.Ids.SelectMany(_ => candidates.Select(c => (Half)Math.Log(c.Probability)))],
                new float[tokens.Count]),
            new float[tokens.Count]);
    }
}
