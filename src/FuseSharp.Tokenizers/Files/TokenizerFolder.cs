using FuseSharp.Errors;
using FuseSharp.Tokenizers.Gguf;
using FuseSharp.Tokenizers.Training;


namespace FuseSharp.Tokenizers.Files;

/// <summary>Loads and saves tokenizers in the files that Hugging Face <c>transformers</c> reads.</summary>
public static class TokenizerFolder
{
    /// <summary>Loads a tokenizer.</summary>
    /// <param name="path">A folder with <c>tokenizer.json</c> (used first), <c>tokenizer.model</c> (SentencePiece or tiktoken), <c>tekken.json</c> or <c>vocab.json</c> with <c>merges.txt</c>,
    /// one of the first three files itself, or a GGUF file with a tokenizer. Also
    /// read, where they lie beside it: <c>tokenizer_config.json</c>, <c>special_tokens_map.json</c>, <c>added_tokens.json</c>.</param>
    /// <remarks><c>tokenizer.json</c> gives the ids of Hugging Face's fast tokenizers, <c>tokenizer.model</c> those of its slow ones, with
    /// the prefix space of "legacy" ones unless <c>tokenizer_config.json</c> says <c>"legacy": false</c>. Where a bare <c>tokenizer.json</c>
    /// has no configuration, a special token named <c>&lt;/s&gt;</c> or <c>&lt;|endoftext|&gt;</c> ends a text.</remarks>
    /// <exception cref="ModelException">There is no tokenizer, it is damaged, or of a kind that is not supported.</exception>
    public static ITokenizer Load(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return TokenizerReader.Read(TokenizerFiles.Read(path));
    }

    /// <summary>Writes a tokenizer's files: those it was loaded from, byte for byte, or those made for it in training.</summary>
    /// <param name="tokenizer">From <see cref="Load"/> or <see cref="TokenizerTrainer"/>.</param>
    /// <param name="folder">Made where it is missing; files of the same names are replaced.</param>
    /// <exception cref="ArgumentException">The tokenizer is of another make and has no files.</exception>
    /// <exception cref="ModelException">The folder cannot be written.</exception>
    public static void Save(ITokenizer tokenizer, string folder)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        ArgumentException.ThrowIfNullOrEmpty(folder);
        var files = tokenizer is ComposedTokenizer own ? own.Files : throw new ArgumentException("Only tokenizers of this library can be saved.", nameof(tokenizer));
        Write(folder, () =>
        {
            foreach (var (name, bytes) in files)
            {
                File.WriteAllBytes(Path.Combine(folder, name), bytes);
            }
        });
    }

    /// <summary>Copies the files of a tokenizer byte for byte, whatever they hold; other files stay where they are.</summary>
    /// <param name="from">Folder of a model, or a GGUF file, whose tokenizer is written as Hugging Face's files.</param>
    /// <param name="to">Made where it is missing; files of the same names are replaced.</param>
    /// <exception cref="ModelException">There is no tokenizer in the folder, or a file cannot be read or written.</exception>
    public static void Copy(string from, string to)
    {
        ArgumentException.ThrowIfNullOrEmpty(from);
        ArgumentException.ThrowIfNullOrEmpty(to);
        if (AdapterBase.Is(from) && !TokenizerFileNames.Copied.Any(n => n is TokenizerFileNames.Json or TokenizerFileNames.SentencePiece or TokenizerFileNames.Tekken && File.Exists(Path.Combine(from, n))))
        {
            Copy(AdapterBase.Find(from), to);
            return;
        }

        if (GgufFile.IsGguf(from))
        {
            Save(Load(from), to);
            return;
        }

        string[] names = [.. TokenizerFileNames.Copied.Where(n => File.Exists(Path.Combine(from, n)))];
        if (VocabularyFiles.AreForeign(names.ToDictionary(n => n, n => n == TokenizerFileNames.SentencePiece ? FirstBytes(Path.Combine(from, n)) : [])))
        {
            Save(Load(from), to);
            return;
        }

        if (!names.Any(n => n is TokenizerFileNames.Json or TokenizerFileNames.SentencePiece))
        {
            throw new ModelException($"'{from}' has neither tokenizer.json nor tokenizer.model; expected one of them. Name the folder of a Hugging Face model.");
        }

        Write(to, () =>
        {
            foreach (string name in names)
            {
                // Not File.Copy: that would carry a read-only attribute along.
                File.WriteAllBytes(Path.Combine(to, name), File.ReadAllBytes(Path.Combine(from, name)));
            }
        });
    }

    // Enough to tell a tiktoken file from SentencePiece's.
    private static byte[] FirstBytes(string path)
    {
        using var file = File.OpenRead(path);
        byte[] bytes = new byte[4096];
        return bytes[..file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false)];
    }

    private static void Write(string folder, Action write)
    {
        try
        {
            Directory.CreateDirectory(folder);
            write();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ModelException($"The tokenizer cannot be written to '{folder}': {error.Message} Expected a writable folder. Check its rights and the disk.", error);
        }
    }
}
