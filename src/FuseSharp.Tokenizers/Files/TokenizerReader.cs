using FuseSharp.Errors;


namespace FuseSharp.Tokenizers.Files;

/// <summary>Makes a tokenizer of its files.</summary>
internal static class TokenizerReader
{
    /// <summary>Reads whichever vocabulary is there; <c>tokenizer.json</c> goes first.</summary>
    public static ComposedTokenizer Read(TokenizerFiles files)
    {
        files = MergeFiles.Holds(files.Contents) ? MergeFiles.Complete(files) : files;
        TokenizerKeys.Check(files);
        var config = TokenizerConfig.Read(files);
        var definition = files.Contents.ContainsKey(TokenizerFileNames.Json) ? TokenizerJsonReader.Read(files, config)
            : files.Contents.ContainsKey(TokenizerFileNames.SentencePiece) ? SentencePieceReader.Read(files, config)
            : throw new ModelException($"'{files.PathOf("")}' has neither tokenizer.json nor tokenizer.model, nor vocab.json with merges.txt; expected one of them. Name the folder of a Hugging Face model.");
        return new ComposedTokenizer(definition);
    }
}
