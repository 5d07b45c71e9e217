namespace FuseSharp.Tokenizers.Files;

/// <summary>Makes a tokenizer of its files.</summary>
internal static class TokenizerReader
{
    /// <summary>The parts of a tokenizer whose files are complete.</summary>
    public static TokenizerDefinition Define(TokenizerFiles files, TokenizerConfig config)
        => files.Contents.ContainsKey(TokenizerFileNames.Json) ? TokenizerJsonReader.Read(files, config) : SentencePieceReader.Read(files, config);

    /// <summary>Reads whichever vocabulary is there; <c>tokenizer.json</c> goes first.</summary>
    public static ComposedTokenizer Read(TokenizerFiles files)
    {
        files = VocabularyFiles.Complete(files);
        TokenizerKeys.Check(files);
        return new ComposedTokenizer(Define(files, TokenizerConfig.Read(files)));
    }
}
