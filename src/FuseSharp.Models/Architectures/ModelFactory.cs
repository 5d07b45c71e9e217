using System.Runtime.InteropServices;
using FuseSharp.Errors;
using FuseSharp.Models.Configuration;
using FuseSharp.Models.Families;
using FuseSharp.Models.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace FuseSharp.Models.Architectures;

/// <summary>Makes networks from their configuration.</summary>
public static class ModelFactory
{
    private static CausalModel Make(ModelConfig config, ScalarType type) => config.Architecture switch
    {
        "MptForCausalLM" or "MPTForCausalLM" => new Mpt(config, type),
        "GPTNeoXForCausalLM" => new GptNeoX(config, type),
        "GPT2LMHeadModel" => new Gpt2(config, type),
        _ when DecoderDesign.Has(config) => new Decoder(config, DecoderDesign.FromConfig(config), type),
        var other => throw config.Error($"names the architecture '{other}', known are {string.Join(", ", ModelFamilies.All.Select(f => f.Architecture))}"),
    };

    /// <summary>A network whose weights are still to be read; until then they are whatever lies in memory.</summary>
    /// <param name="config">Its shape.</param>
    /// <param name="type">Working type.</param>
    /// <exception cref="ModelException">The architecture is unknown, the configuration incomplete, or larger than memory.</exception>
    public static CausalModel Create(ModelConfig config, ScalarType type)
    {
        try
        {
            var model = Make(config, type);
            ConfigKeys.WarnOfUnknown(config);
            return model;
        }
        catch (ExternalException fault)
        {
            throw new ModelException($"{config.Error("describes a model for which there is no memory").Message} ({fault.Message.Split('\n')[0]})", fault);
        }
    }

    /// <summary>A network with random weights, Hugging Face's way: matrices normal with the config's <c>initializer_range</c>, norms 1, biases 0.</summary>
    /// <param name="config">Its shape.</param>
    /// <param name="seed">The same seed gives the same weights.</param>
    /// <param name="type">Working type.</param>
    /// <param name="device">Where it runs.</param>
    public static CausalModel Create(ModelConfig config, long seed, ScalarType type, Device device)
    {
        var model = Create(config, type);
        using var generator = new Generator((ulong)seed);
        double deviation = config.Real("initializer_range", 0.02);
        using (no_grad())
        {
            foreach (var (name, parameter) in model.named_parameters())
            {
                if (name.EndsWith("bias", StringComparison.Ordinal))
                {
                    parameter.fill_(RootedScalar.Of(0));
                }
                else if (parameter.dim() > 1 || name.EndsWith("sinks", StringComparison.Ordinal))
                {
                    // Drawn in float32: libtorch draws a bfloat16 tensor's numbers from uniform ones of eight bits, and such a model learned visibly slower.
                    using var exact = empty(parameter.shape, ScalarType.Float32);
                    parameter.copy_(exact.normal_(0, deviation, generator));
                }
                else
                {
                    parameter.fill_(RootedScalar.Of(model.FirstWeightOfNorms));
                }
            }
        }

        return (CausalModel)model.to(device);
    }
}
