using FuseSharp.Errors;
using FuseSharp.Models;
using FuseSharp.Models.Adapters;
using FuseSharp.Models.Architectures;
using FuseSharp.Models.Configuration;
using static TorchSharp.torch;

namespace FuseSharp.Pipeline.Check;

/// <summary>Looks whether a model will load, from the headers of its files: no weight is read.</summary>
public static class ModelCheck
{
    /// <summary>What is wrong, a line each: an unknown architecture, files that are missing or shorter than their headers say, tensors of other names or shapes than config.json asks for.</summary>
    /// <param name="path">A folder or GGUF file, as <see cref="ModelFolder.Load"/> takes them.</param>
    /// <param name="look">Says what else is wrong with the network, whose weights hold anything; null for nothing.</param>
    /// <param name="needsWeights">False where a folder of which only the shape is there is enough: <see cref="WeightFiles.AreAbsent"/>.</param>
    public static IReadOnlyList<string> ErrorsOf(string path, Func<CausalModel, string?>? look = null, bool needsWeights = true)
    {
        var faults = new List<string>();
        try
        {
            bool isAdapter = AdapterFolder.Is(path);
            string weights = isAdapter ? AdapterFolder.BaseOf(path) : path;
            using var model = ModelFactory.Create(ModelConfig.Read(weights), ScalarType.BFloat16);
            if (look?.Invoke(model) is { } other)
            {
                faults.Add(other);
            }

            if (needsWeights || !WeightFiles.AreAbsent(weights))
            {
                Compare(model, weights, faults);
            }

            if (isAdapter && faults.Count == 0)
            {
                WeightFiles.OpenAll(path).ForEach(s => s.Dispose()); // compares each tensor of the adapter with its base
            }
        }
        catch (FuseSharpException fault)
        {
            faults.Add(fault.Message);
        }

        return faults;
    }

    // Of each file the first tensor that does not fit; the others mostly have the same reason.
    private static void Compare(CausalModel model, string path, List<string> faults)
    {
        var missing = model.named_parameters().ToDictionary(p => p.name, p => p.parameter, StringComparer.Ordinal);
        int before = faults.Count;
        foreach (var open in WeightFiles.Each(path))
        {
            try
            {
                using var source = open();
                foreach (string name in source.Names)
                {
                    ModelFolder.Place(model, missing, source, name);
                }

                ModelFolder.HeadForEmbedding(model, missing, source);
            }
            catch (FuseSharpException fault)
            {
                faults.Add(fault.Message);
            }
        }

        if (faults.Count == before && missing.Count > 0)
        {
            faults.Add(ModelFolder.Lacks(path, missing.Keys).Message);
        }
    }
}
