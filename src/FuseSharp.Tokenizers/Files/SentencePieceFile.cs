using System.Text;
using FuseSharp.Errors;

namespace FuseSharp.Tokenizers.Files;

/// <summary>The content of a <c>tokenizer.model</c>, as far as ids depend on it.</summary>
internal sealed class SentencePieceFile
{
    // Those of published models have some 50 at most; all places at which a piece can be cut are looked at.
    private const int LongestPiece = 512;

    /// <summary>The pieces in id order.</summary>
    public List<SentencePiece> Pieces { get; } = [];

    /// <summary>Whether it is a unigram language model; otherwise its pieces merge (BPE).</summary>
    public bool IsUnigram { get; private set; }

    /// <summary>Whether unknown characters fall back to bytes.</summary>
    public bool FallsBackToBytes { get; private set; }

    /// <summary>Whether a space is put before a text.</summary>
    public bool AddsDummyPrefix { get; private set; } = true;

    /// <summary>Whether spaces at both ends go, and those in a row become one.</summary>
    public bool RemovesExtraSpaces { get; private set; } = true;

    /// <summary>Compiled character replacements, empty for none.</summary>
    public byte[] CharacterMap { get; private set; } = [];

    /// <summary>What the replacements are called, such as nmt_nfkc.</summary>
    public string CharacterMapName { get; private set; } = "";

    /// <summary>Reads the protobuf message.</summary>
    public static SentencePieceFile Read(ReadOnlySpan<byte> bytes, string path)
    {
        if (LfsPointer.Is(bytes))
        {
            throw new ModelException($"'{path}' {LfsPointer.Message}");
        }

        var file = new SentencePieceFile();
        int kind = 1;
        var reader = new ProtobufReader(bytes, path);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1:
                    file.Pieces.Add(ReadPiece(reader.Bytes, path, file.Pieces.Count));
                    break;
                case 2:
                    kind = file.ReadTraining(reader.Bytes, path);
                    break;
                case 3:
                    file.ReadNormalization(reader.Bytes, path);
                    break;
            }
        }

        if (file.Pieces.Count == 0)
        {
            throw new ModelException($"'{path}' holds no pieces; expected a SentencePiece model. Copy or download the file again.");
        }

        file.IsUnigram = kind == 1;
        return kind is 1 or 2 ? file
            : throw new ModelException($"'{path}' is a SentencePiece model of kind {kind}; expected 1 (Unigram) or 2 (BPE). Take another model.");
    }

    private static SentencePiece ReadPiece(ReadOnlySpan<byte> bytes, string path, int id)
    {
        string text = "";
        float score = 0;
        var kind = SentencePieceKind.Normal;
        var reader = new ProtobufReader(bytes, path);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1:
                    text = System.Text.Unicode.Utf8.IsValid(reader.Bytes) ? Encoding.UTF8.GetString(reader.Bytes)
                        : throw new ModelException($"'{path}' has invalid UTF-8 in piece {id}; expected text. Copy or download the file again.");
                    break;
                case 2:
                    score = reader.Single;
                    break;
                case 3:
                    kind = (SentencePieceKind)(int)Math.Min(reader.Number, 99);
                    break;
            }
        }

        return text.Length <= LongestPiece ? new SentencePiece(text, score, kind)
            : throw new ModelException($"'{path}' has a piece {id} of {text.Length} characters; expected at most {LongestPiece}. Copy or download the file again.");
    }

    private int ReadTraining(ReadOnlySpan<byte> bytes, string path)
    {
        int kind = 1;
        var reader = new ProtobufReader(bytes, path);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 3:
                    kind = (int)Math.Min(reader.Number, 99);
                    break;
                case 24 when reader.Number != 0:
                    throw new ModelException($"'{path}' writes spaces after words (treat_whitespace_as_suffix), which is not supported here. The file is whole: take another model.");
                case 35:
                    FallsBackToBytes = reader.Number != 0;
                    break;
            }
        }

        return kind;
    }

    private void ReadNormalization(ReadOnlySpan<byte> bytes, string path)
    {
        var reader = new ProtobufReader(bytes, path);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1:
                    CharacterMapName = Encoding.UTF8.GetString(reader.Bytes[..Math.Min(40, reader.Bytes.Length)]);
                    break;
                case 2:
                    CharacterMap = reader.Bytes.ToArray();
                    break;
                case 3:
                    AddsDummyPrefix = reader.Number != 0;
                    break;
                case 4:
                    RemovesExtraSpaces = reader.Number != 0;
                    break;
                case 5 when reader.Number == 0:
                    throw new ModelException($"'{path}' does not write spaces as ▁ (escape_whitespaces is false); expected a model that does. Take another model.");
            }
        }
    }
}
