using TorchSharp;
using static TorchSharp.torch;

namespace FuseSharp.Torch.Models;

/// <summary>Makes networks from their configuration.</summary>
public static class ModelFactory
{
    private static readonly Dictionary<string, Func<ModelConfig, CausalModel>> _architectures = new(StringComparer.Ordinal)
    {
        ["LlamaForCausalLM"] = c => new Llama(c),
        ["MptForCausalLM"] = c => new Mpt(c),
        ["MPTForCausalLM"] = c => new Mpt(c),
    };

    /// <summary>A network whose weights are still to be read.</summary>
    /// <exception cref="Core.Errors.ModelException">The architecture is unknown or the configuration incomplete.</exception>
    public static CausalModel Create(ModelConfig config)
        => _architectures.TryGetValue(config.Architecture, out var make)
            ? make(config)
            : throw config.Fault($"names the architecture '{config.Architecture}', known are {string.Join(", ", _architectures.Keys)}");

    /// <summary>A network with random weights, Hugging Face's way: matrices normal with the config's <c>initializer_range</c>, norms 1, biases 0.</summary>
    /// <param name="config">Its shape.</param>
    /// <param name="seed">The same seed gives the same weights.</param>
    /// <param name="type">Working type.</param>
    /// <param name="device">Where it runs.</param>
    public static CausalModel Create(ModelConfig config, long seed, ScalarType type, Device device)
    {
        var model = Create(config);
        using var generator = new Generator((ulong)seed);
        double deviation = config.Real("initializer_range", 0.02);
        using (no_grad())
        {
            foreach (var (name, parameter) in model.named_parameters())
            {
                if (parameter.dim() > 1)
                {
                    parameter.normal_(0, deviation, generator);
                }
                else
                {
                    parameter.fill_(name.EndsWith("bias", StringComparison.Ordinal) ? 0 : 1);
                }
            }
        }

        return (CausalModel)model.to(device, type);
    }
}
