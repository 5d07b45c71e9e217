using System.Runtime.InteropServices;
using System.Security.Cryptography;
using FuseSharp.Progress;
using FuseSharp.Storage.Artifacts;
using FuseSharp.Tokenizers;
using FuseSharp.Tokenizers.Files;
using FuseSharp.Tokenizers.Training;

namespace FuseSharp.Pipeline;

/// <summary>Texts → a trained tokenizer's folder, whole or not at all.</summary>
public static class TokenizerStage
{
    /// <summary>Trains unless the same tokenizer is there already.</summary>
    /// <param name="texts">The texts; read twice, once to know whether they have changed.</param>
    /// <param name="options">How.</param>
    /// <param name="folder">Final name of the output.</param>
    /// <param name="progress">Is told when nothing is to be done.</param>
    public static void Run(IEnumerable<string> texts, TokenizerTrainOptions options, string folder, IProgressReporter progress)
    {
        var key = StageKey.Create("tokenizer", 1, options, ("texts", Fingerprint(texts)));
        StageDirectory.Make(folder, key, progress, partial =>
        {
            var tokenizer = TokenizerTrainer.Train(texts, options);
            TokenizerFolder.Save(tokenizer, partial);
            return new Dictionary<string, double> { ["tokens"] = tokenizer.Vocabulary.Count };
        });
    }

    private static string Fingerprint(IEnumerable<string> texts)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (string text in texts)
        {
            hash.AppendData(BitConverter.GetBytes(text.Length));
            hash.AppendData(MemoryMarshal.AsBytes(text.AsSpan()));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
