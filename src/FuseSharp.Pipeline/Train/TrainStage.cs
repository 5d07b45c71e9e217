using System.Text.Json.Nodes;
using FuseSharp.Errors;
using FuseSharp.Evaluation.Evaluate;
using FuseSharp.Fusion.Records;
using FuseSharp.Models;
using FuseSharp.Models.Adapters;
using FuseSharp.Models.Architectures;
using FuseSharp.Models.Configuration;
using FuseSharp.Models.Scoring;
using FuseSharp.Pipeline.Stages;
using FuseSharp.Progress;
using FuseSharp.Storage.Artifacts;
using FuseSharp.Storage.Ranks;
using FuseSharp.Tokenizers.Chat;
using FuseSharp.Tokenizers.Files;
using static TorchSharp.torch;

namespace FuseSharp.Pipeline.Train;

/// <summary>Stage 6: <see cref="FuseSharp.Fusion.Records.PackedBlock"/> + target → a trained model as a Hugging Face folder, with its training log.</summary>
public static class TrainStage
{
    /// <summary>Runs the stage, going on at the last checkpoint.</summary>
    /// <param name="name">What the run is called: <c>fused</c>, <c>clm</c>.</param>
    /// <param name="target">Folder of the model to start from.</param>
    /// <param name="packed">Output of the pack stage.</param>
    /// <param name="options">How.</param>
    /// <param name="device">Where it runs.</param>
    /// <param name="folder">Final name of the output, which is also the trained model's folder.</param>
    /// <param name="context">Gets steps; its cancellation ends the stage between two micro-batches.</param>
    /// <param name="validation">What is evaluated between steps; needed only with <see cref="TrainOptions.EvaluateEvery"/>.</param>
    /// <param name="warnsOfLength">Whether to warn of a training of a few steps; false where that was done before.</param>
    public static Manifest Run(
        string name, string target, string packed, TrainOptions options, Device device, string folder,
        StageContext context, TrainValidation? validation = null, bool warnsOfLength = true)
    {
        var (progress, cancellation) = context;
        var ranks = context.Ranks;
        if (options.Strategy != FusionStrategy.Joint)
        {
            throw new UsageException("The strategy fuse_and_merge is several trainings and a merge, and this is one training. Run a recipe with 'train.strategy: fuse_and_merge', or leave it out here.");
        }

        if (options.LearningRate is null)
        {
            throw new UsageException("The learning rate is auto, which a stage of its own chooses before a training. Run a recipe or 'fusesharp train', or give a number.");
        }

        if (options.EvaluateEvery > 0 && validation is null)
        {
            throw new ArtifactException("Evaluations during training need the output of split, whose validation texts they read. Name it, or set evaluate_every to 0.");
        }

        int count = Manifest.Read(packed).Count("blocks");
        var length = TrainLength.Compute(options, count);
        StageKey Key(Precision type) => KeyOf(target, Manifest.Read(packed).Key, options with { Precision = type }, count, validation?.Key);
        options = options with { Precision = BegunPrecision.Choose(options.Precision, device, folder, type => Key(type).Hash) }; // chosen here, so that the key holds what it came to
        var key = Key(options.Precision) with { Paths = PathsOf(target, packed) };
        options = options.Settle(length, validation is not null);
        return StageDirectory.Make(folder, key, progress, partial =>
        {
            length.Say(name, progress, warnsOfLength);
            using var blocks = new PackedBlocks(packed);
            using var model = Load(name, target, packed, options, device);
            var result = TrainAndSave(model, blocks, options, partial, progress, cancellation, validation is null ? null : () => validation.BitsPerByte(model), ranks);
            if (ranks.Rank == 0)
            {
                KeepTemplate(target, packed, partial);
                TrainingCard.Create(name, target, [.. blocks.Teachers.Skip(1)], options, blocks.Count).Write(partial);
            }

            if (KeptState.Describe(name, result, options.KeepBest) is { } kept)
            {
                progress.Say(kept);
            }

            var figures = new Dictionary<string, double>
            {
                ["steps"] = result.Steps,
                ["tokens"] = result.Tokens,
                ["final_loss"] = result.FinalLoss,
                ["seconds"] = result.Seconds,
            };
            foreach (var (figure, value) in KeptState.Figures(result))
            {
                figures[figure] = value;
            }

            for (int m = 0; m < result.TeacherShares.Length; m++)
            {
                figures[FormattableString.Invariant($"teacher_share.{m}")] = result.TeacherShares[m];
            }

            return figures;
        }, ranks);
    }

    /// <summary>What decides the output; reads the target's files.</summary>
    /// <param name="target">Folder of the model to start from.</param>
    /// <param name="packed">Key of the pack stage's output.</param>
    /// <param name="options">How, with the learning rate that is used.</param>
    /// <param name="blocks">Blocks of an epoch; does not matter where the options give batch size and evaluations.</param>
    /// <param name="texts">Key of the validation texts; null where there are none.</param>
    public static StageKey KeyOf(string target, string packed, TrainOptions options, int blocks, string? texts)
    {
        var settled = options.Settle(TrainLength.Compute(options, blocks), texts is not null);
        int? bytes = settled.EvaluateEvery > 0 && options.EvaluateEvery is null ? ValidationTexts.ShortBytesPerDomain : null;
        (string, string)[] inputs = [("target", LanguageModel.Fingerprint(target)), ("packed", packed)];
        return StageKey.Create("train", 5, new { options = settled.ForKey(), evaluated_bytes_per_domain = bytes }, settled.EvaluateEvery > 0 ? [.. inputs, ("texts", texts!)] : inputs);
    }

    /// <summary>What a training reads.</summary>
    internal static string[] PathsOf(string target, string packed) => [target, packed, .. AdapterFolder.Is(target) ? [AdapterFolder.BaseOf(target)] : Array.Empty<string>()];

    /// <summary>Loads a target to be trained, with the adapters that learn.</summary>
    /// <param name="name">What the run is called.</param>
    /// <param name="target">Its folder.</param>
    /// <param name="packed">Output of the pack stage, which must be of its vocabulary.</param>
    /// <param name="options">How it is trained.</param>
    /// <param name="device">Where it runs.</param>
    internal static LanguageModel Load(string name, string target, string packed, TrainOptions options, Device device)
    {
        var model = LanguageModel.Load(name, target, WorkingType.Resolve(options.Precision, device), device, quantizes: options.Mode == TrainMode.Qlora);
        int vocabulary = Manifest.Read(packed).Count("vocabulary");
        if (vocabulary != model.Tokenizer.Vocabulary.Count)
        {
            model.Dispose();
            throw new ArtifactException($"'{packed}' was packed for a vocabulary of {vocabulary:N0}, the tokenizer of '{target}' has {model.Tokenizer.Vocabulary.Count:N0}. Pack for this target.");
        }

        if (options.Mode != TrainMode.Full)
        {
            model.Network.Adapters = LowRankAdapters.Attach(model.Network, options.Lora, options.Seed, quantizes: options.Mode == TrainMode.Qlora);
        }

        return model;
    }

    /// <summary>Trains a model and writes it, its tokenizer and its log into a folder.</summary>
    internal static TrainResult TrainAndSave(
        LanguageModel model, IBlockSource blocks, TrainOptions options, string folder, IProgressReporter progress, CancellationToken cancellation,
        Func<double>? validate = null, IProcessGroup? ranks = null)
    {
        bool writes = (ranks?.Rank ?? 0) == 0;
        var checkpoint = new TrainCheckpoint(Path.Combine(folder, "checkpoints"), options.CheckpointLimit, ranks);
        TrainResult result;
        using (var log = writes ? new TrainLog(folder, checkpoint.Steps) : null)
        {
            result = new Trainer(model.Network, options, progress, ranks).Train(blocks, $"train {model.Name}", checkpoint, log is null ? null : log.Write, cancellation, validate);
        }

        if (writes)
        {
            Save(model, options, folder);
            TokenizerFolder.Copy(model.Path, folder);
            checkpoint.Delete();
        }

        return result;
    }

    // A target that learned conversations in a template which is not its own is asked in that template, and stops where that ends an answer.
    private static void KeepTemplate(string target, string packed, string folder)
    {
        if (RepresentedConversations.Read(Manifest.Read(packed)) is not { } conversations || ChatTemplate.Find(target)?.Source == conversations.Template)
        {
            return;
        }

        File.WriteAllText(Path.Combine(folder, ChatTemplate.FileName), conversations.Template);
        string config = Path.Combine(folder, "tokenizer_config.json");
        if (File.Exists(config) && JsonNode.Parse(File.ReadAllText(config)) is JsonObject tokenizer && tokenizer.Remove("chat_template"))
        {
            File.WriteAllText(config, tokenizer.ToJsonString(ArtifactJson.Options) + "\n"); // older programs would read the old one
        }

        int[] ends = [.. ModelConfig.Read(target).EndIds, .. TokenizerFolder.Load(target).EndOfTextId is { } end ? [end] : Array.Empty<int>()];
        if (conversations.EndsOfTurn.Except(ends).Any())
        {
            string file = Path.Combine(folder, ModelConfig.GenerationFile);
            var settings = File.Exists(file) ? JsonNode.Parse(File.ReadAllText(file))!.AsObject() : [];
            settings["eos_token_id"] = new JsonArray([.. ends.Union(conversations.EndsOfTurn).Select(id => (JsonNode)id)]);
            File.WriteAllText(file, settings.ToJsonString(ArtifactJson.Options) + "\n");
        }
    }

    private static void Save(LanguageModel model, TrainOptions options, string folder)
    {
        if (model.Network.Adapters is not { } adapters || options.Lora.Merge)
        {
            model.Network.Adapters?.Merge();
            ModelFolder.Save(model.Network, folder, model.Network.Config.StorageType);
            return;
        }

        AdapterFolder.Save(adapters, model.Path, folder); // no config.json: with one, transformers looks for whole weights beside it
    }
}
