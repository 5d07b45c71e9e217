using FuseSharp.Core.Artifacts;
using FuseSharp.Core.Errors;
using FuseSharp.Core.Tokenizers;
using FuseSharp.Torch.Models;
using static TorchSharp.torch;

namespace FuseSharp.Torch.Scoring;

/// <summary>A network with its tokenizer: what a user calls a model.</summary>
/// <param name="Name">What it is called in folders and tables.</param>
/// <param name="Path">Its folder or GGUF file.</param>
/// <param name="Network">Owned.</param>
/// <param name="Tokenizer">Its tokenizer.</param>
public sealed record LanguageModel(string Name, string Path, CausalModel Network, ITokenizer Tokenizer) : IDisposable
{
    /// <summary>Loads a Hugging Face folder or a GGUF file.</summary>
    /// <param name="name">What it is called.</param>
    /// <param name="path">The folder or file.</param>
    /// <param name="type">Working type.</param>
    /// <param name="device">Where it runs.</param>
    /// <param name="quantizes">Whether its linear maps become NF4, for training adapters beside them.</param>
    /// <exception cref="ModelException">A part is missing or damaged, or the vocabulary exceeds the embedding.</exception>
    public static LanguageModel Load(string name, string path, ScalarType type, Device device, bool quantizes = false)
    {
        var tokenizer = TokenizerFolder.Load(path);
        int rows = ModelConfig.Read(path).VocabularySize;
        return tokenizer.Vocabulary.Count <= rows
            ? new LanguageModel(name, path, ModelFolder.Load(path, type, device, quantizes), tokenizer)
            : throw new ModelException($"The tokenizer of '{path}' has {tokenizer.Vocabulary.Count:N0} tokens, the embedding in its config.json only {rows:N0} rows. Put tokenizer and weights of the same model together.");
    }

    /// <summary>Fingerprint of the files of a model's folder.</summary>
    public static string Fingerprint(string path) => FileFingerprint.Of(path);

    /// <inheritdoc/>
    public void Dispose() => Network.Dispose();
}
