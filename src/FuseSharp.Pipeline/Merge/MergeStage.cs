using FuseSharp.Errors;
using FuseSharp.Files;
using FuseSharp.Models;
using FuseSharp.Models.Checkpoints;
using FuseSharp.Models.Configuration;
using FuseSharp.Options;
using FuseSharp.Pipeline.Merge.Configuration;
using FuseSharp.Pipeline.Merge.Methods;
using FuseSharp.Progress;
using FuseSharp.Storage.Artifacts;
using FuseSharp.Tokenizers.Files;
using static TorchSharp.torch;

namespace FuseSharp.Pipeline.Merge;

/// <summary>Weights of several models of one shape → one model: the baseline of fusion that needs no training.</summary>
/// <remarks>Streamed tensor by tensor. Config and tokenizer come from the base, or from the first model where there is none.</remarks>
public static class MergeStage
{
    /// <summary>Runs a merge; one that was stopped continues after its complete shards.</summary>
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

        var paths = options.AllModels;
        string first = paths[0];
        var config = ModelConfig.Read(first);
        var type = options.Dtype switch { "float32" => ScalarType.Float32, "float16" => ScalarType.Float16, "bfloat16" => ScalarType.BFloat16, _ => config.StorageType };
        var key = KeyOf(options) with { Paths = [.. paths] };
        StageDirectory.Make(folder, key, progress, partial => WithoutRest(partial, () =>
        {
            using var weights = new MergeWeights(paths);
            var tensors = Tensors(options, weights);
            foreach (string filter in options.FiltersWithout([.. tensors.Select(t => t.Name)]))
            {
                progress.Say($"Warning: the filter '{filter}' fits no tensor: its numbers are not used. '{tensors[tensors.Count / 2].Name}' is one of the tensors' names.");
            }

            using var bar = progress.Start($"merge {OptionRange.KeyOf(options.MergeMethod.ToString())}", tensors.Count, "tensors");
            var method = MethodOf(options);
            using var buffers = new MergeBuffers(tensors.Max(t => ShapeOf(t).Aggregate(1L, (product, d) => product * d)));
            IReadOnlyList<long> ShapeOf(MergedTensor tensor) => weights.ShapeOf(tensor.Sources[0].Model, tensor.Sources[0].Name);
            Tensor Merge(MergedTensor tensor)
            {
                cancellation.ThrowIfCancellationRequested();
                using var noGradient = no_grad();
                bar.Advance(1);
                var merged = method.Merge(weights.Inputs(tensor, NumbersAt(options, tensor), buffers));
                return FiniteNumbers.Fill(merged) ? merged : throw new ModelException(weights.NotFiniteIn(tensor) is { } path
                    ? $"'{path}' holds NaN or an infinity in tensor '{tensor.Name}'. Get the model again, or leave it out."
                    : $"The merge makes a number of tensor '{tensor.Name}' infinite. Take smaller weights.");
            }

            CheckpointWriter.Write(partial, [.. tensors.Select(t => new StoredTensor(t.Name, ShapeOf(t), type, () => Merge(t)))], ModelFolder.DefaultShardBytes, keepsFinished: true);
            bar.Complete();
            var shape = MergePlan.ConfigOf(options, config);
            ModelFolder.SaveConfig(weights.IsTied ? shape : shape.WithOwnHead(), partial, type);
            CopyTokenizer(first, partial, progress);
            MergeCard.Create(Path.GetFileName(folder), options).Write(partial);
            return new Dictionary<string, double> { ["tensors"] = tensors.Count, ["models"] = paths.Count };
        }));
    }

    private static IReadOnlyList<MergedTensor> Tensors(MergeOptions options, MergeWeights weights)
    {
        if (options.Slices.Count == 0)
        {
            weights.CheckNames();
        }

        var tensors = MergePlan.TensorsOf(options, weights.NamesOf);
        weights.Check(tensors);
        return tensors;
    }

    private static MergeNumbers NumbersAt(MergeOptions options, MergedTensor tensor)
        => new(tensor.Name, tensor.T, [.. options.Others(options.Parts[tensor.Part]).Select(s => s.Parameters)], options.Parts[tensor.Part].Parameters, options.Parameters);

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
        => StageKey.Create("merge", 2, WithoutPlaces(options), [.. options.AllModels.Select((p, i) => (FormattableString.Invariant($"model {i}"), LanguageModel.Fingerprint(p)))]);

    // What the models are is told by their fingerprints: where they lie decides nothing, and is nobody's business who gets the result.
    private static MergeOptions WithoutPlaces(MergeOptions options) => options with
    {
        BaseModel = options.BaseModel is { } model ? ModelName.FromPath(model) : null,
        Models = [.. options.Models.Select(m => m with { Model = ModelName.FromPath(m.Model) })],
        Slices = [.. options.Slices.Select(s => s with { Sources = [.. s.Sources.Select(m => m with { Model = ModelName.FromPath(m.Model) })] })],
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
            using var weights = new MergeWeights([.. new[] { first, other }.Distinct()]);
            weights.CheckNames();
            weights.Check(weights.NamesOf(first).Select(n => new MergedTensor(n, [(first, n), (other, n)], null, 0, 0)));
            return null;
        }
        catch (ModelException fault)
        {
            return fault.Message;
        }
    }

    private static IMergeMethod MethodOf(MergeOptions options)
    {
        bool Rescales(bool otherwise) => options.Parameters.Rescale ?? otherwise;
        return options.MergeMethod switch
        {
            MergeMethod.Linear => new LinearMerge(),
            MergeMethod.Slerp => new SpanMerge(new SlerpShares()),
            MergeMethod.TaskArithmetic => new TaskArithmeticMerge(null),
            MergeMethod.Ties => new TiesMerge(new MagnitudePruning(Rescales(false)), normalizes: true),
            MergeMethod.DareLinear => new TaskArithmeticMerge(new RandomPruning(Rescales(true))),
            MergeMethod.DareTies => new TiesMerge(new RandomPruning(Rescales(true)), normalizes: false),
            MergeMethod.DellaLinear => new TaskArithmeticMerge(new RowRankPruning(Rescales(true))),
            MergeMethod.Della => new TiesMerge(new RowRankPruning(Rescales(true)), normalizes: true),
            MergeMethod.Breadcrumbs => new TaskArithmeticMerge(new MagnitudePruning(Rescales(false), dropsOutliers: true)),
            MergeMethod.BreadcrumbsTies => new TiesMerge(new MagnitudePruning(Rescales(false), dropsOutliers: true), normalizes: false),
            MergeMethod.Sce => new SceMerge(),
            MergeMethod.ModelStock => new SpanMerge(new ModelStockShares()),
            MergeMethod.Nuslerp => new SpanMerge(new NuSlerpShares()),
            MergeMethod.Multislerp => new SpanMerge(new MultiSlerpShares()),
            MergeMethod.Karcher => new SpanMerge(new KarcherShares()),
            MergeMethod.ArceeFusion => new ArceeFusionMerge(),
            MergeMethod.Nearswap => new NearswapMerge(),
            _ => new PassthroughMerge(),
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
