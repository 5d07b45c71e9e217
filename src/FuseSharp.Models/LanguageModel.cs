using FuseSharp.Errors;
using FuseSharp.Files;
using FuseSharp.Models.Architectures;
using FuseSharp.Models.Configuration;
using FuseSharp.Models.Scoring;
using FuseSharp.Tokenizers;
using FuseSharp.Tokenizers.Files;
using FuseSharp.Tokenizers.Gguf;
using static TorchSharp.torch;

namespace FuseSharp.Models;

/// <summary>A network with its tokenizer: what a user calls a model.</summary>
/// <param name="Name">What it is called in folders and tables.</param>
/// <param name="Path">Its folder or GGUF file.</param>
/// <param name="Network">Owned.</param>
/// <param name="Tokenizer">Its tokenizer.</param>
public sealed record LanguageModel(string Name, string Path, CausalModel Network, ITokenizer Tokenizer) : IDisposable
{
    /// <summary>Loads a Hugging Face folder or a GGUF file, to be called by the name of that.</summary>
    /// <param name="path">The folder or file.</param>
    /// <param name="precision">Number type of weights and activations; by default what suits the device.</param>
    /// <param name="device">Where it runs: cpu, cuda or cuda:N.</param>
    /// <exception cref="ModelException">A part is missing or damaged, or the vocabulary exceeds the embedding.</exception>
    /// <exception cref="UsageException">There is no such device.</exception>
    public static LanguageModel Load(string path, Precision precision = Precision.Auto, string device = ModelDevice.Processor)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var where = ModelDevice.Find(device);
        path = HubCache.Resolve(path);
        return Load(ModelName.FromPath(System.IO.Path.GetFullPath(path)), path, WorkingType.Resolve(precision, where), where);
    }

    /// <summary>Loads a Hugging Face folder or a GGUF file.</summary>
    /// <param name="name">What it is called.</param>
    /// <param name="path">The folder or file.</param>
    /// <param name="type">Working type.</param>
    /// <param name="device">Where it runs.</param>
    /// <param name="quantizes">Whether its linear maps become NF4, for training adapters beside them.</param>
    /// <param name="keepsStored">Whether quantized matrices of a GGUF file stay as they are: see <see cref="ModelFolder.Load"/>.</param>
    /// <exception cref="ModelException">A part is missing or damaged, or the vocabulary exceeds the embedding.</exception>
    public static LanguageModel Load(string name, string path, ScalarType type, Device device, bool quantizes = false, bool keepsStored = false)
    {
        var tokenizer = TokenizerFolder.Load(path);
        var config = ModelConfig.Read(path);
        int rows = config.VocabularySize;
        return tokenizer.Vocabulary.Count <= rows
            ? new LanguageModel(name, path, ModelFolder.Load(path, type, device, quantizes, keepsStored), tokenizer)
            : throw new ModelException($"The tokenizer of '{path}' has {tokenizer.Vocabulary.Count:N0} tokens, the embedding by {config.Sayer} only {rows:N0} rows. Put tokenizer and weights of the same model together.");
    }

    /// <summary>Fingerprint of the files of a model's folder; of an adapter's, those of its base too.</summary>
    public static string Fingerprint(string path) => (GgufFile.IsGguf(path) && GgufParts.Files(path) is { Count: > 1 } parts ? string.Join("+", parts.Select(FileFingerprint.Compute)) : FileFingerprint.Compute(path)) + (AdapterBase.Is(path) ? "+" + Fingerprint(AdapterBase.Find(path)) : "");

    /// <summary>The tokens of a prompt, with those that stand before every text of this model; never empty.</summary>
    /// <exception cref="ModelException">The prompt is empty and the tokenizer has no token to start with.</exception>
    /// <param name="prompt">The text.</param>
    /// <param name="isConversation">Whether a chat template wrote it: then it holds what stands before texts of this model, or is meant not to, as Hugging Face has it.</param>
    public int[] PromptIds(string prompt, bool isConversation = false)
        => Tokenizer.Encode(prompt).Ids is var ids && isConversation && ids.Length > 0 ? ids : Started(ids);

    /// <summary>Tokens of a text, behind those that stand before every text of this model; never empty.</summary>
    /// <remarks>Most chat templates write the token that begins a text themselves; it is not put there twice.</remarks>
    /// <param name="ids">Of the text.</param>
    /// <param name="isNeeded">Whether one must stand there even where the tokenizer adds none.</param>
    /// <exception cref="ModelException">One is needed and the tokenizer has none to start with.</exception>
    public int[] Started(int[] ids, bool isNeeded = false) => ids.Length > 0 && ids[0] == Tokenizer.BeginningOfTextId ? ids : [.. StartIds(isNeeded || ids.Length == 0), .. ids];

    /// <summary>Tokens that stand before every text of this model.</summary>
    /// <param name="isNeeded">Whether there must be one even where the tokenizer adds none.</param>
    /// <exception cref="ModelException">One is needed and the tokenizer has none.</exception>
    public int[] StartIds(bool isNeeded) => StartIds(Tokenizer, Name, isNeeded);

    /// <summary>The same for a model of which only the tokenizer is here.</summary>
    /// <param name="tokenizer">The model's.</param>
    /// <param name="name">What messages call the model.</param>
    /// <param name="isNeeded">Whether there must be one even where the tokenizer adds none.</param>
    /// <exception cref="ModelException">One is needed and the tokenizer has none.</exception>
    public static int[] StartIds(ITokenizer tokenizer, string name, bool isNeeded)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        return tokenizer is { AddsBeginningOfText: true, BeginningOfTextId: { } id } ? [id]
            : !isNeeded ? []
            : (tokenizer.EndOfTextId ?? tokenizer.BeginningOfTextId) is { } start ? [start]
            : throw new ModelException($"The tokenizer of {name} has neither an end-of-text nor a beginning-of-text token to start an empty prompt with. Add eos_token to its tokenizer_config.json.");
    }

    /// <summary>What stands before a benchmark's answer that has no question: the token that begins texts where there is one, as lm-evaluation-harness has it.</summary>
    /// <exception cref="ModelException">The tokenizer has none to start with.</exception>
    public int[] EmptyContext() => Tokenizer.BeginningOfTextId is { } beginning ? [beginning] : StartIds(isNeeded: true);

    /// <inheritdoc/>
    public void Dispose() => Network.Dispose();

    /// <summary>What to say of a model that gives NaN or infinity: what it cannot know must not become a score.</summary>
    /// <param name="what">What it was asked, such as <c>text 3</c>.</param>
    public NotFiniteException NotFinite(string what) => NotFinite(Name, what, Network.OutputWeight.dtype);

    /// <summary>The same of a model that need not run here.</summary>
    /// <param name="name">What the message calls it.</param>
    /// <param name="what">What it was asked.</param>
    /// <param name="type">In which it works; null where that is unknown.</param>
    public static NotFiniteException NotFinite(string name, string what, ScalarType? type = null)
        => new($"Model {name} gives NaN or infinite logits for {what}. {(type == ScalarType.Float32 ? "Its weights are damaged, by their training or in their files: take others." : "Check its weights, or take precision float32.")}");
}
