using FuseSharp.Errors;
using FuseSharp.Files;
using FuseSharp.Fusion.Pack;
using FuseSharp.Fusion.Records;
using FuseSharp.Models;
using FuseSharp.Models.Architectures;
using FuseSharp.Models.Configuration;
using FuseSharp.Models.Scoring;
using FuseSharp.Pipeline.Stages;
using FuseSharp.Storage.Artifacts;
using FuseSharp.Storage.Texts;
using FuseSharp.Tokenizers;
using FuseSharp.Tokenizers.Files;
using static TorchSharp.torch;

namespace FuseSharp.Pipeline.Train;

/// <summary>Makes a model from nothing but texts: how the demo's models were made.</summary>
public static class PretrainStage
{
    /// <summary>Trains a randomly initialized model on the next token.</summary>
    /// <param name="config">A Hugging Face config.json; its <c>vocab_size</c> must fit the tokenizer.</param>
    /// <param name="tokenizer">Folder of the tokenizer.</param>
    /// <param name="texts">Documents; each ends with the end-of-text token.</param>
    /// <param name="blockLength">Tokens of a training sequence.</param>
    /// <param name="options">How; there is nothing to fuse.</param>
    /// <param name="device">Where it runs.</param>
    /// <param name="folder">Final name of the output.</param>
    /// <param name="context">Gets steps; its cancellation ends the stage between two micro-batches.</param>
    public static Manifest Run(
        string config, string tokenizer, IEnumerable<Document> texts, int blockLength, TrainOptions options, Device device, string folder,
        StageContext context)
    {
        var (progress, cancellation) = context;
        var ranks = context.Ranks;
        var loaded = TokenizerFolder.Load(tokenizer);
        var blocks = Blocks(texts, loaded, blockLength).ToList();
        var length = TrainLength.Compute(options, blocks.Count);
        bool isPublishedRate = options.LearningRate is null;
        options = options.Settle(length, validates: false) with { LearningRate = options.LearningRate ?? TrainOptions.PublishedLearningRate, Fusion = null };
        StageKey Key(Precision type) => StageKey.Create("pretrain", 3, new { options = options.ForKey() with { Precision = type }, blockLength },
            ("config", FileFingerprint.Compute(config)), ("tokenizer", loaded.Fingerprint), ("texts", Fingerprint(blocks)));
        options = options with { Precision = BegunPrecision.Choose(options.Precision, device, folder, type => Key(type).Hash) };
        var key = Key(options.Precision) with { Paths = [config, tokenizer] };
        return StageDirectory.Make(folder, key, progress, partial =>
        {
            length.Say(ModelName.FromPath(folder), progress);
            if (isPublishedRate)
            {
                progress.Say(FormattableString.Invariant($"pretrain {ModelName.FromPath(folder)}: learning rate {TrainOptions.PublishedLearningRate}, the published run's: there are no validation texts to choose one by. Most models learn better from scratch with 0.0003 to 0.003."));
            }

            var settings = ModelConfig.Read(config);
            if (settings.VocabularySize < loaded.Vocabulary.Count)
            {
                throw new ModelException($"'{config}' has vocab_size {settings.VocabularySize:N0}, the tokenizer '{tokenizer}' {loaded.Vocabulary.Count:N0} tokens. Set vocab_size to at least that.");
            }

            if (blockLength > settings.ContextLength)
            {
                throw new ModelException($"Blocks of {blockLength:N0} tokens exceed the context of {settings.ContextLength:N0} in '{config}'. Choose shorter blocks.");
            }

            var network = ModelFactory.Create(settings, options.Seed, WorkingType.Resolve(options.Precision, device), device);
            using var model = new LanguageModel(ModelName.FromPath(folder), tokenizer, network, loaded);
            var result = TrainStage.TrainAndSave(model, new BlocksInMemory(blocks), options, partial, progress, cancellation, ranks: ranks);
            if (ranks.Rank == 0)
            {
                TrainingCard.OfPretraining(ModelName.FromPath(folder), options, blocks.Count, blockLength).Write(partial);
            }

            return new Dictionary<string, double>
            {
                ["steps"] = result.Steps,
                ["tokens"] = result.Tokens,
                ["final_loss"] = result.FinalLoss,
                ["seconds"] = result.Seconds,
            };
        }, ranks);
    }

    private static IEnumerable<PackedBlock> Blocks(IEnumerable<Document> texts, ITokenizer tokenizer, int blockLength)
    {
        int end = tokenizer.EndOfTextId ?? throw new ModelException("The tokenizer has no end-of-text token to part documents by. Add eos_token to its tokenizer_config.json.");
        var documents = texts.Select((d, i) =>
        {
            int[] ids = [.. tokenizer.Encode(d.Text).Ids, end];
            return new DocumentRows(i, ids, [], [], []);
        });
        return BlockPacker.Pack(documents, blockLength, groupSize: int.MaxValue);
    }

    private static string Fingerprint(List<PackedBlock> blocks)
    {
        using var hash = System.Security.Cryptography.IncrementalHash.CreateHash(System.Security.Cryptography.HashAlgorithmName.SHA256);
        foreach (var block in blocks)
        {
            hash.AppendData(System.Runtime.InteropServices.MemoryMarshal.AsBytes<int>(block.Ids));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
