using System.Buffers;
using FuseSharp.Fusion.Records;
using FuseSharp.Tokenizers;

namespace FuseSharp.Fusion.Align;

/// <summary>Refuses representations that are damaged, were made with another tokenizer or read another text.</summary>
internal static class InputCheck
{
    // No UTF-8 text holds this byte: it stands where a token's own text does not fill the bytes it covers (prefix spaces, normalized characters).
    private const byte Unknown = 0xFF;

    /// <summary>Checks both, alone and against each other; linear in the tokens and the text's bytes.</summary>
    public static void Pair(Representation target, ITokenizer targetTokenizer, Representation source, ITokenizer sourceTokenizer, int sourceCandidates)
    {
        if (target.Id != source.Id)
        {
            throw AlignErrors.OtherDocument(target.Id, source.Id);
        }

        Tokens(target, "target", targetTokenizer.Vocabulary.Count);
        Tokens(source, "source", sourceTokenizer.Vocabulary.Count);
        Candidates(source, sourceCandidates);
        if (target.Learned is null != source.Learned is null)
        {
            throw AlignErrors.OtherKind(target.Id, target.Learned is not null);
        }

        SameText(target, targetTokenizer, source, sourceTokenizer);
    }

    /// <summary>Whether the text was read to its end: the last token is the end-of-text token, not one at which the document was cut.</summary>
    public static bool EndsText(Representation document, ITokenizer tokenizer) => document.Ids[^1] == tokenizer.EndOfTextId;

    private static void Tokens(Representation document, string role, int vocabulary)
    {
        var (ids, ends) = (document.Ids, document.EndsExclusive);
        if (ids.Length == 0)
        {
            throw AlignErrors.Empty(document.Id, role);
        }

        if (ends.Length != ids.Length || document.Logits.Positions != ids.Length || document.CrossEntropies.Length != ids.Length)
        {
            throw AlignErrors.Lengths(document.Id, role, ids.Length, ends.Length, document.Logits.Positions, document.CrossEntropies.Length);
        }

        int previousEnd = 0;
        for (int t = 0; t < ids.Length; t++)
        {
            if ((uint)ids[t] >= (uint)vocabulary)
            {
                throw AlignErrors.TokenId(document.Id, role, t, ids[t], vocabulary);
            }

            if (ends[t] < previousEnd)
            {
                throw AlignErrors.FallingOffset(document.Id, role, t);
            }

            previousEnd = ends[t];
        }
    }

    private static void Candidates(Representation source, int vocabulary)
    {
        int[] indices = source.Logits.Indices;
        for (int c = 0; c < indices.Length; c++)
        {
            if (indices[c] < -1 || indices[c] >= vocabulary)
            {
                throw AlignErrors.CandidateId(source.Id, c / source.Logits.K, indices[c], vocabulary);
            }
        }
    }

    private static void SameText(Representation target, ITokenizer targetTokenizer, Representation source, ITokenizer sourceTokenizer)
    {
        int targetEnd = target.EndsExclusive[^1];
        int sourceEnd = source.EndsExclusive[^1];
        if (target.Learned is not null)
        {
            // Where a template ends an answer by ordinary text, no token is that end, which counts as one byte.
            if (Math.Abs(targetEnd - sourceEnd) > 1)
            {
                throw AlignErrors.OtherLength(target.Id, targetEnd, sourceEnd);
            }
        }

        // A document cut at its maximal length covers a beginning of the text only.
        else if ((sourceEnd < targetEnd && EndsText(source, sourceTokenizer)) || (targetEnd < sourceEnd && EndsText(target, targetTokenizer)))
        {
            throw AlignErrors.OtherLength(target.Id, targetEnd, sourceEnd);
        }

        int length = Math.Min(targetEnd, sourceEnd);
        byte[] targetText = ArrayPool<byte>.Shared.Rent(length);
        byte[] sourceText = ArrayPool<byte>.Shared.Rent(length);
        Spell(target, targetTokenizer, targetText.AsSpan(0, length));
        Spell(source, sourceTokenizer, sourceText.AsSpan(0, length));
        for (int at = targetText.AsSpan(0, length).CommonPrefixLength(sourceText); at < length; at++)
        {
            if (Contradict(targetText[at], sourceText[at]))
            {
                throw AlignErrors.OtherText(target.Id, at, (char)targetText[at], (char)sourceText[at]);
            }

            at += targetText.AsSpan(at + 1, length - at - 1).CommonPrefixLength(sourceText.AsSpan(at + 1));
        }

        ArrayPool<byte>.Shared.Return(targetText);
        ArrayPool<byte>.Shared.Return(sourceText);
    }

    private static void Spell(Representation document, ITokenizer tokenizer, Span<byte> text)
    {
        int start = 0;
        for (int t = 0; t < document.Ids.Length && start < text.Length; t++)
        {
            int end = Math.Min(document.EndsExclusive[t], text.Length);
            var own = tokenizer.TextOf(document.Ids[t]).Span;
            if (own.Length == end - start)
            {
                own.CopyTo(text[start..]);
            }
            else
            {
                text[start..end].Fill(Unknown);
            }

            start = end;
        }
    }

    // Normalization may change spaces, letter case and every byte outside ASCII. It never turns one printable ASCII character into another.
    private static bool Contradict(byte target, byte source)
        => target != source && IsPrintable(target) && IsPrintable(source) && char.ToLowerInvariant((char)target) != char.ToLowerInvariant((char)source);

    private static bool IsPrintable(byte value) => value is > 0x20 and < 0x7F;
}
