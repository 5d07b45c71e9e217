using FuseSharp.Errors;
using FuseSharp.Tokenizers.Files;


namespace FuseSharp.Tokenizers.Training;

/// <summary>Trains a byte-pair vocabulary on texts.</summary>
public static class TokenizerTrainer
{
    /// <summary>Merges the most frequent pair of neighbours again and again, until the vocabulary is full.</summary>
    /// <param name="texts">Any texts; read once, not kept.</param>
    /// <param name="options">What to train.</param>
    /// <returns>The tokenizer; <see cref="TokenizerFolder.Save"/> writes it as a folder that Hugging Face loads.</returns>
    /// <remarks>The same texts and options give the same bytes. Of pairs equally frequent the one with the lower left id goes first, then
    /// the lower right id. Time about linear in the texts; memory about that of their different words.</remarks>
    /// <exception cref="UsageException">The vocabulary size is too small for the fixed tokens and characters, or the texts too poor for it.</exception>
    public static ITokenizer Train(IEnumerable<string> texts, TokenizerTrainOptions options)
    {
        ArgumentNullException.ThrowIfNull(texts);
        ArgumentNullException.ThrowIfNull(options);
        var words = WordCounter.Count(texts, options);
        var vocabulary = options.Family == TokenizerFamily.ByteLevel ? StartVocabulary.OfBytes() : StartVocabulary.OfCharacters(words, options);
        if (vocabulary.Tokens.Count > options.VocabularySize)
        {
            throw new UsageException($"A vocabulary of {options.VocabularySize} tokens is too small for {vocabulary.Tokens.Count} fixed tokens and characters; expected at least as many. Raise the vocabulary's size.");
        }

        var merges = new MergeLearner(vocabulary, options).Learn(words);
        if (vocabulary.Tokens.Count < options.VocabularySize)
        {
            throw new UsageException($"The texts give only {vocabulary.Tokens.Count} tokens; expected {options.VocabularySize}. Train on more text, or lower the vocabulary's size.");
        }

        var files = TokenizerJsonWriter.Write(options.Family, vocabulary.Tokens, merges);
        return TokenizerReader.Read(new TokenizerFiles("trained tokenizer", files));
    }
}
