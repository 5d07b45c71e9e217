using FuseSharp.Errors;
using FuseSharp.Files;
using FuseSharp.Tokenizers.Gguf;


namespace FuseSharp.Tokenizers.Files;

/// <summary>The files of one tokenizer, in memory.</summary>
/// <param name="place">Folder, or what else to call their place in messages.</param>
/// <param name="contents">Bytes by file name.</param>
public sealed class TokenizerFiles(string place, IReadOnlyDictionary<string, byte[]> contents)
{
    // The largest tokenizer files of published models have some 35 MB; more is no tokenizer.
    private const long LargestFile = 256L << 20;

    /// <summary>Bytes by file name.</summary>
    public IReadOnlyDictionary<string, byte[]> Contents => contents;

    /// <summary>How to name a file in messages.</summary>
    public string PathOf(string name) => Path.Combine(place, name);

    /// <summary>A JSON file, or null where it is missing.</summary>
    public JsonPart? Find(string name) => contents.TryGetValue(name, out byte[]? bytes) ? JsonPart.Parse(bytes, PathOf(name)) : null;

    /// <summary>Reads from a folder, or the folder of a named vocabulary file.</summary>
    /// <param name="path">A folder, a <c>tokenizer.json</c>, a <c>*.model</c> or a <c>*.gguf</c>, whose metadata become such files; or the name of a model in Hugging Face's cache.</param>
    public static TokenizerFiles Read(string path)
    {
        path = HubCache.Resolve(path);
        if (GgufFile.IsGguf(path))
        {
            return GgufTokenizerFiles.Read(path);
        }

        bool isFile = File.Exists(path);
        if (!isFile && !Directory.Exists(path))
        {
            throw new ModelException($"No tokenizer at '{path}': there is no such folder or file. {MissingPath.ModelRemedy(path, "Name a folder with tokenizer.json or tokenizer.model.")}");
        }

        string folder = isFile ? Path.GetDirectoryName(Path.GetFullPath(path))! : path;
        var contents = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        foreach (string name in TokenizerFileNames.Copied)
        {
            string file = Path.Combine(folder, name);
            bool isOtherVocabulary = isFile && (name is TokenizerFileNames.Json or TokenizerFileNames.SentencePiece or TokenizerFileNames.Tekken);
            if (!isOtherVocabulary && File.Exists(file))
            {
                contents.Add(name, ReadFile(file));
            }
        }

        if (isFile)
        {
            bool isJson = path.EndsWith(".json", StringComparison.OrdinalIgnoreCase);
            contents[Path.GetFileName(path) == TokenizerFileNames.Tekken ? TokenizerFileNames.Tekken : isJson ? TokenizerFileNames.Json : TokenizerFileNames.SentencePiece] = ReadFile(path);
        }

        // What PEFT writes beside an adapter may be no tokenizer at all: it has its model's.
        return !isFile && !contents.ContainsKey(TokenizerFileNames.Json) && !contents.ContainsKey(TokenizerFileNames.SentencePiece) && !contents.ContainsKey(TokenizerFileNames.Tekken) && AdapterBase.Is(folder)
            ? Read(AdapterBase.Find(folder)) : new TokenizerFiles(folder, contents);
    }

    private static byte[] ReadFile(string file)
    {
        try
        {
            return BoundedFile.Read(file, LargestFile)
                ?? throw new ModelException($"'{file}' has more than {LargestFile >> 20} MiB; expected a tokenizer file of at most {LargestFile >> 20} MiB. Check the path.");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ModelException($"'{file}' cannot be read: {error.Message} Expected a readable file. Check its rights.", error);
        }
    }
}
