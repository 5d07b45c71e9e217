using System.Text;
using FuseSharp.Errors;
using FuseSharp.Tokenizers.Files;
using FuseSharp.Tokenizers.Training;

namespace FuseSharp.Tokenizers.Tests;

public sealed class TokenizerTrainerTests
{
    // Twice: a pair that occurs once is not merged.
    private static readonly string[] _texts = [.. Lines, .. Lines];

    private static string[] Lines =>
    [
        "The tokenizer learns the words that it meets: the more often, the sooner.",
        "  Two spaces before, 1234 digits between, naïve café, and a line\nbelow the other.",
        "the then there these those that thin thick thing think",
    ];

    [Theory]
    [InlineData(TokenizerFamily.SentencePiece)]
    [InlineData(TokenizerFamily.ByteLevel)]
    public void Train_SomeTexts_EncodesAndDecodesThem(TokenizerFamily family)
    {
        var tokenizer = TokenizerTrainer.Train(_texts, new TokenizerTrainOptions { Family = family, VocabularySize = 330 });

        Assert.Equal(330, tokenizer.Vocabulary.Count);
        Assert.Equal(family, tokenizer.Family);
        foreach (string text in _texts)
        {
            var tokens = tokenizer.Encode(text);
            EndsCheck.Holds(text, tokens);
            Assert.Equal(text, tokenizer.Decode(tokens.Ids));
            Assert.True(tokens.Count < Encoding.UTF8.GetByteCount(text));
        }
    }

    [Theory]
    [InlineData(TokenizerFamily.SentencePiece)]
    [InlineData(TokenizerFamily.ByteLevel)]
    public void Save_TrainedTwice_SameBytesAndSameTokenizer(TokenizerFamily family)
    {
        var options = new TokenizerTrainOptions { Family = family, VocabularySize = 320 };
        using var first = new TemporaryFolder();
        using var second = new TemporaryFolder();
        using var third = new TemporaryFolder();

        var trained = TokenizerTrainer.Train(_texts, options);
        TokenizerFolder.Save(trained, first.Path);
        TokenizerFolder.Save(TokenizerTrainer.Train(_texts, options), second.Path);
        var loaded = TokenizerFolder.Load(first.Path);
        TokenizerFolder.Copy(first.Path, third.Path);

        Assert.Equal(trained.Fingerprint, loaded.Fingerprint);
        Assert.Equal(trained.Vocabulary, loaded.Vocabulary);
        Assert.False(loaded.AddsBeginningOfText);
        Assert.NotNull(loaded.EndOfTextId);
        foreach (string file in new[] { "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json" })
        {
            byte[] bytes = File.ReadAllBytes(Path.Combine(first.Path, file));
            Assert.Equal(bytes, File.ReadAllBytes(Path.Combine(second.Path, file)));
            Assert.Equal(bytes, File.ReadAllBytes(Path.Combine(third.Path, file)));
        }
    }

    [Fact]
    public void Train_OneFrequentPair_IsTheFirstMerge()
    {
        // "ab" stands six times, every other pair less often.
        var tokenizer = TokenizerTrainer.Train(["ab ab ab abc abd abe"], new TokenizerTrainOptions { Family = TokenizerFamily.ByteLevel, VocabularySize = 258 });

        Assert.Equal("ab", tokenizer.Vocabulary[257]);
    }

    [Fact]
    public void Train_TooLittleText_SaysHowManyTokensThereAre()
    {
        var error = Assert.Throws<UsageException>(() => TokenizerTrainer.Train(["ab ab"], new TokenizerTrainOptions { Family = TokenizerFamily.ByteLevel, VocabularySize = 999 }));

        Assert.StartsWith("The texts give only 258 tokens; expected 999.", error.Message, StringComparison.Ordinal);
    }
}
