using System.Text.Json.Nodes;
using FuseSharp.Json;
using FuseSharp.Models.Kernels;
using FuseSharp.Models.Native;
using static TorchSharp.torch;

namespace FuseSharp.Models.Configuration;

/// <summary>Rotary positions (Su et al. 2021): each pair of a head's numbers turns by an angle that grows with the position.</summary>
/// <remarks>
/// Pairs lie half a head apart (i, i + size/2), as in Hugging Face's checkpoints. Longer contexts than the trained one, with f the factor, d the rotated size:
/// <code>
/// linear     every frequency / f                                                            (Chen et al. 2023)
/// dynamic    base · (f·n/trained − (f − 1))^(d/(d − 2)) for n tokens beyond the trained length   (NTK-aware)
/// llama3     wavelengths above trained/low / f, below trained/high kept, between them blended    (Llama 3.1)
/// </code>
/// With <c>dynamic</c> the angles of all positions change as a text grows past the trained length. Keys in a cache keep the angles with which they were made,
/// as in Hugging Face: beyond that length, and only there, a text read in parts is answered differently from one read at once.
/// </remarks>
internal sealed class RotaryPositions
{
    private readonly int _size;
    private readonly double _theta;
    private readonly string _kind;
    private readonly double _factor;
    private readonly double _trainedLength;
    private readonly double _lowFactor;
    private readonly double _highFactor;

    /// <param name="config">With <c>rope_theta</c> and <c>rope_scaling</c>, or <c>rope_parameters</c> that hold both (transformers 5).</param>
    /// <param name="size">Numbers of a head that turn, even.</param>
    /// <param name="theta">Base where the config names none under the usual keys.</param>
    public RotaryPositions(ModelConfig config, int size, double theta)
    {
        _size = size % 2 == 0 ? size : throw config.Error($"turns {size} numbers of a head, expected an even number");
        string place = config.Json["rope_scaling"] is not null ? "rope_scaling" : "rope_parameters";
        var scaling = config.Keys.Object(place);
        if (scaling?.FirstOrDefault(p => p.Value is JsonObject) is { Key: { } nested })
        {
            throw config.Error($"has rope settings by kind of layer ('{nested}'), which are not supported");
        }

        var keys = scaling is null ? null : new JsonKeys(scaling, what => config.Error($"in its rope settings {what}"));
        double Setting(string key, double otherwise) => keys?.Real(key) ?? otherwise;
        string? Name(string key) => keys?.Text(key);
        _theta = Setting("rope_theta", config.Real("rope_theta", theta));
        _kind = Name("rope_type") ?? Name("type") ?? "default";
        _factor = Setting("factor", 1);
        if (_kind == "default" ? Name("rope_type") is null && Name("type") is null && _factor != 1 : !keys!.Has("factor"))
        {
            throw config.Error($"has in its {place} {(_kind == "default" ? "a factor without a rope_type" : $"the rope_type '{_kind}' without a factor")}, expected both");
        }

        _trainedLength = _kind == "llama3" ? Setting("original_max_position_embeddings", config.ContextLength) : config.ContextLength;
        _lowFactor = Setting("low_freq_factor", 1);
        _highFactor = Setting("high_freq_factor", 4);
        if (_kind is not ("default" or "linear" or "dynamic" or "llama3"))
        {
            throw config.Error($"asks for rope scaling '{_kind}', known are linear, dynamic and llama3");
        }

        if (!(_theta > 0 && _factor >= 1 && _lowFactor > 0 && _highFactor > _lowFactor && _trainedLength >= 1))
        {
            throw config.Error("has rope settings without a meaning, expected rope_theta above 0, factor at least 1 and 0 < low_freq_factor < high_freq_factor");
        }

        if (keys is not null)
        {
            // How much of a head turns is the family's affair; transformers keeps the trained length beside every kind of scaling, and reads it with llama3 alone.
            ConfigKeys.WarnOfUnknown(config, place, keys, "partial_rotary_factor", "original_max_position_embeddings");
        }
    }

    /// <summary>Which share of each head turns, where the rope settings say it (transformers 5); else null.</summary>
    /// <param name="config">Whose.</param>
    internal static double? ShareOf(ModelConfig config)
        => (config.Keys.Object("rope_scaling") ?? config.Keys.Object("rope_parameters")) is not { } settings ? null
            : new JsonKeys(settings, what => config.Error($"in its rope settings {what}")).Real("partial_rotary_factor");

    /// <summary>Base of the frequencies.</summary>
    internal double Theta => _theta;

    /// <summary>Scaling for longer contexts: <c>default</c> for none, <c>linear</c>, <c>dynamic</c> or <c>llama3</c>.</summary>
    internal string Kind => _kind;

    /// <summary>Of the scaling.</summary>
    internal double Factor => _factor;

    /// <summary>Texts of one class may be read together: each gets the angles that it has when it is read alone.</summary>
    /// <param name="tokens">Of a text.</param>
    /// <returns>With <c>dynamic</c> the length beyond the trained one, which decides the angles of all positions; else 0.</returns>
    public long LengthClass(long tokens) => _kind == "dynamic" ? Math.Max(0, tokens - (long)_trainedLength) : 0;

    /// <summary>Cosines and sines of the angles of some positions.</summary>
    /// <param name="start">First position.</param>
    /// <param name="tokens">Number of positions.</param>
    /// <param name="like">Gives type and device.</param>
    /// <returns>Both [tokens, size].</returns>
    /// <remarks>Angles are float32 whatever the working type, as in Hugging Face: bfloat16 positions beyond 256 would coincide.</remarks>
    public (Tensor Cos, Tensor Sin) Angles(long start, long tokens, Tensor like)
    {
        using var noGradient = no_grad();
        var frequencies = tensor(Frequencies(start + tokens), device: like.device);
        var angles = outer(TensorSums.Range(start, start + tokens, ScalarType.Float32, like.device), frequencies);
        var both = cat([angles, angles], 1);
        return (both.cos().to(like.dtype), both.sin().to(like.dtype));
    }

    /// <summary>Cosines and sines for tokens behind a cache, whose sequences may begin at different positions.</summary>
    /// <param name="start">Tokens read before, those of the longest sequence.</param>
    /// <param name="padding">How many positions stand empty before each sequence's first token; null where all sequences are equally long.</param>
    /// <param name="tokens">Number of positions.</param>
    /// <param name="like">Gives type and device.</param>
    /// <returns>Both [tokens, size], or [batch, 1, tokens, size].</returns>
    public (Tensor Cos, Tensor Sin) Angles(long start, long[]? padding, long tokens, Tensor like)
    {
        if (padding is null)
        {
            return Angles(start, tokens, like);
        }

        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var rows = padding.Select(p => Angles(start - p, tokens, like)).ToArray();
        return (stack(rows.Select(r => r.Cos)).unsqueeze(1).MoveToOuterDisposeScope(), stack(rows.Select(r => r.Sin)).unsqueeze(1).MoveToOuterDisposeScope());
    }

    /// <summary>Cuts projected states into heads and turns them.</summary>
    /// <param name="projected">[batch, tokens, heads · size].</param>
    /// <param name="size">Of a head.</param>
    /// <param name="angles">From <see cref="Angles(long, long[], long, Tensor)"/>, for these tokens; null for heads that do not turn.</param>
    /// <returns>[batch, heads, tokens, size].</returns>
    public static Tensor Heads(Tensor projected, long size, (Tensor Cos, Tensor Sin)? angles)
    {
        if (KernelRows.Fit(projected) && angles is null or { Cos.Dimensions: 2 })
        {
            return HeadsFunction.Run(projected, size, angles);
        }

        var heads = projected.unflatten(2, [-1, size]).transpose(1, 2);
        return angles is { } turning ? Turn(heads, turning) : heads;
    }

    /// <summary>Turns the first numbers of each head; the rest of a head stays.</summary>
    /// <param name="heads">[batch, heads, tokens, head size].</param>
    /// <param name="angles">From <see cref="Angles(long, long[], long, Tensor)"/>, for these tokens.</param>
    public static Tensor Turn(Tensor heads, (Tensor Cos, Tensor Sin) angles)
    {
        long size = angles.Cos.shape[^1];
        long rest = heads.shape[3] - size;
        var turning = rest == 0 ? heads : heads.narrow(3, 0, size);
        var halves = turning.chunk(2, -1);
        var turned = (turning * angles.Cos).Plus(cat([-halves[1], halves[0]], -1) * angles.Sin);
        return rest == 0 ? turned : cat([turned, heads.narrow(3, size, rest)], -1);
    }

    /// <summary>[size/2] angles per position for a text of some length.</summary>
    internal float[] Frequencies(long length)
    {
        double theta = _theta;
        if (_kind == "dynamic" && length > _trainedLength)
        {
            theta *= Math.Pow((_factor * length / _trainedLength) - (_factor - 1), _size / (_size - 2.0));
        }

        float[] frequencies = new float[_size / 2];
        for (int i = 0; i < frequencies.Length; i++)
        {
            frequencies[i] = (float)Scaled(Math.Pow(theta, -2.0 * i / _size));
        }

        return frequencies;
    }

    private double Scaled(double frequency)
    {
        if (_kind != "llama3")
        {
            return _kind == "linear" ? frequency / _factor : frequency;
        }

        double turns = _trainedLength * frequency / (2 * Math.PI); // full turns within the trained length
        double kept = Math.Clamp((turns - _lowFactor) / (_highFactor - _lowFactor), 0, 1);
        return ((1 - kept) * frequency / _factor) + (kept * frequency);
    }
}
