using System.Text.Json;
using FuseSharp.Errors;
using FuseSharp.Files;
using FuseSharp.Models;
using FuseSharp.Models.Checkpoints;
using FuseSharp.Models.Configuration;
using FuseSharp.Options;
using FuseSharp.Progress;
using FuseSharp.Storage.Artifacts;
using FuseSharp.Tokenizers.Files;
using static TorchSharp.torch;

namespace FuseSharp.Pipeline.Merge;

/// <summary>Weights of several models of one shape → one model: the baseline of fusion that needs no training.</summary>
/// <remarks>Streamed tensor by tensor. Config and tokenizer come from the base, or from the first model where there is none.</remarks>
public static class MergeStage
{
    /// <summary>Runs a merge; one that was stopped goes on behind its complete shards.</summary>
    /// <param name="options">What and how.</param>
    /// <param name="folder">Final name of the model's folder.</param>
    /// <param name="context">Gets tensors; its cancellation ends the work between two tensors.</param>
    /// <exception cref="UsageException">The options make no merge.</exception>
    /// <exception cref="ModelException">A model is damaged, or two have tensors of different names or shapes.</exception>
    public static void Run(MergeOptions options, string folder, StageContext context)
    {
        var (progress, cancellation) = context;
        if (OptionRange.ErrorsOf(options).FirstOrDefault()?.TrimEnd('.') is { } fault)
        {
            throw new UsageException($"This merge cannot be done: {fault}. Correct the options.");
        }

        string first = options.BaseModel ?? options.Models[0].Model;
        string[] paths = PathsOf(options);
        var config = ModelConfig.Read(first);
        var type = options.Dtype switch { "float32" => ScalarType.Float32, "float16" => ScalarType.Float16, "bfloat16" => ScalarType.BFloat16, _ => config.StorageType };
        var key = KeyOf(options) with { Paths = paths };
        StageDirectory.Make(folder, key, progress, partial => WithoutRest(partial, () =>
        {
            using var weights = new MergeWeights(paths);
            using var bar = progress.Start($"merge {JsonNamingPolicy.SnakeCaseLower.ConvertName(options.MergeMethod.ToString())}", weights.Names.Count, "tensors");
            var method = MethodOf(options);
            using var buffers = new MergeBuffers(weights.Names.Max(n => weights.ShapeOf(n).Aggregate(1L, (product, d) => product * d)));
            Tensor Merge(string name)
            {
                cancellation.ThrowIfCancellationRequested();
                using var noGradient = no_grad();
                bar.Advance(1);
                var merged = method.Merge(weights.Inputs(name, hasBase: options.MergeMethod != MergeMethod.Linear, buffers));
                return FiniteNumbers.Fill(merged) ? merged : throw new ModelException(weights.NotFiniteIn(name) is { } path
                    ? $"'{path}' holds NaN or an infinity in tensor '{name}'. Get the model again, or leave it out."
                    : $"The merge makes a number of tensor '{name}' infinite. Take smaller weights.");
            }

            CheckpointWriter.Write(partial, [.. weights.Names.Select(n => new StoredTensor(n, weights.ShapeOf(n), type, () => Merge(n)))], ModelFolder.DefaultShardBytes, keepsFinished: true);
            bar.Complete();
            ModelFolder.SaveConfig(weights.IsTied ? config : config.WithOwnHead(), partial, type);
            CopyTokenizer(first, partial, progress);
            MergeCard.Create(Path.GetFileName(folder), options).Write(partial);
            return new Dictionary<string, double> { ["tensors"] = weights.Names.Count, ["models"] = paths.Length };
        }));
    }

    // What is wrong with a model stays wrong: of a merge that met it there is nothing to go on from.
    private static Dictionary<string, double> WithoutRest(string partial, Func<Dictionary<string, double>> merge)
    {
        try
        {
            return merge();
        }
        catch (ModelException)
        {
            foreach (string file in Directory.EnumerateFiles(partial).Where(f => Path.GetFileName(f) is not StageDirectory.KeyFile))
            {
                File.Delete(file);
            }

            throw;
        }
    }

    /// <summary>What decides the output; reads the models' files.</summary>
    /// <param name="options">What is merged and how.</param>
    public static StageKey KeyOf(MergeOptions options)
        => StageKey.Create("merge", 1, WithoutPlaces(options), [.. PathsOf(options).Select((p, i) => (FormattableString.Invariant($"model {i}"), LanguageModel.Fingerprint(p)))]);

    private static string[] PathsOf(MergeOptions options)
    {
        string[] others = [.. options.Others.Select(i => options.Models[i].Model)];
        return options.MergeMethod == MergeMethod.Linear ? others : [options.BaseModel ?? options.Models[0].Model, .. others];
    }

    // What the models are is told by their fingerprints: where they lie decides nothing, and is nobody's business who gets the result.
    private static MergeOptions WithoutPlaces(MergeOptions options) => options with
    {
        BaseModel = options.BaseModel is { } model ? ModelName.FromPath(model) : null,
        Models = [.. options.Models.Select(m => m with { Model = ModelName.FromPath(m.Model) })],
    };

    /// <summary>Why two models cannot be merged, or null; reads tokenizers and tensor shapes.</summary>
    /// <param name="first">A model's folder or file.</param>
    /// <param name="other">Another one's.</param>
    public static string? Mismatch(string first, string other)
    {
        if (TokenizerFolder.Load(first).Fingerprint != TokenizerFolder.Load(other).Fingerprint)
        {
            return $"{ModelName.FromPath(other)} has another tokenizer than {ModelName.FromPath(first)}";
        }

        return OtherTensors(first, other) is null ? null : $"{ModelName.FromPath(other)} has other tensors than {ModelName.FromPath(first)}";
    }

    /// <summary>How the tensors of two models differ in names or shapes, or null; reads headers.</summary>
    /// <param name="first">A model's folder or file.</param>
    /// <param name="other">Another one's.</param>
    internal static string? OtherTensors(string first, string other)
    {
        try
        {
            using var weights = new MergeWeights([first, other]);
            return null;
        }
        catch (ModelException fault)
        {
            return fault.Message;
        }
    }

    private static IMergeMethod MethodOf(MergeOptions options)
    {
        double[] Numbers(Func<MergeParameters, double?> read) => [.. options.Others.Select(i => options.NumberOf(i, read, 1))];
        var parameters = options.Parameters;
        double[] weights = Numbers(p => p.Weight);
        double[] densities = Numbers(p => p.Density);
        double lambda = parameters.Lambda ?? 1;
        var random = new RandomPruning(densities, parameters.Rescale ?? true, parameters.Seed ?? 42);
        return options.MergeMethod switch
        {
            MergeMethod.Linear => new LinearMerge(weights, parameters.Normalize ?? true),
            MergeMethod.Slerp => new SlerpMerge(parameters.T!.Value),
            MergeMethod.TaskArithmetic => new TaskArithmeticMerge(weights, null, parameters.Normalize ?? false, lambda),
            MergeMethod.Ties => new TiesMerge(weights, new MagnitudePruning(densities, parameters.Rescale ?? false), parameters.Normalize ?? true, lambda),
            MergeMethod.DareLinear => new TaskArithmeticMerge(weights, random, parameters.Normalize ?? false, lambda),
            _ => new TiesMerge(weights, random, parameters.Normalize ?? false, lambda),
        };
    }

    private static void CopyTokenizer(string from, string to, IProgressReporter progress)
    {
        try
        {
            TokenizerFolder.Copy(from, to);
        }
        catch (ModelException fault)
        {
            progress.Say($"The merged model has no tokenizer: {fault.Message}");
        }
    }
}
