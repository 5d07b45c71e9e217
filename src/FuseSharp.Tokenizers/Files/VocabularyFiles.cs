using FuseSharp.Errors;

namespace FuseSharp.Tokenizers.Files;

/// <summary>Finds the vocabulary among a tokenizer's files, and makes <c>tokenizer.json</c> of those that are neither it nor SentencePiece's.</summary>
internal static class VocabularyFiles
{
    /// <summary>Whether a <c>tokenizer.json</c> has to be made.</summary>
    public static bool AreForeign(IReadOnlyDictionary<string, byte[]> contents) => MergeFiles.Holds(contents) || RankedFiles.Holds(contents);

    /// <summary>The files with <c>tokenizer.json</c> or SentencePiece's <c>tokenizer.model</c> among them; the first goes first.</summary>
    /// <exception cref="ModelException">There is no vocabulary, or it is damaged.</exception>
    public static TokenizerFiles Complete(TokenizerFiles files)
        => MergeFiles.Holds(files.Contents) ? MergeFiles.Complete(files)
            : RankedFiles.Holds(files.Contents) ? RankedFiles.Complete(files)
            : files.Contents.ContainsKey(TokenizerFileNames.Json) || files.Contents.ContainsKey(TokenizerFileNames.SentencePiece) ? files
            : throw new ModelException($"'{files.PathOf("")}' has neither tokenizer.json nor tokenizer.model, tekken.json, or vocab.json with merges.txt; expected one of them. Name the folder of a Hugging Face model.");
}
