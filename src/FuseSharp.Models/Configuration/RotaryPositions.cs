using FuseSharp.Models.Kernels;
using FuseSharp.Models.Native;
using static TorchSharp.torch;

namespace FuseSharp.Models.Configuration;

/// <summary>Rotary positions (Su et al. 2021): each pair of a head's numbers turns by an angle that grows with the position.</summary>
/// <remarks>Pairs lie half the turning size apart (i, i + size/2), as in most of Hugging Face's checkpoints, or are neighbours (2i, 2i + 1).</remarks>
/// <param name="size">Numbers of a head that turn, even; the rest of a head stays.</param>
/// <param name="theta">Base of the frequencies.</param>
/// <param name="scaling">For longer contexts than the trained one.</param>
/// <param name="isInterleaved">Whether neighbours are a pair.</param>
internal sealed class RotaryPositions(int size, double theta, RotaryScaling scaling, bool isInterleaved)
{
    /// <summary>Numbers of a head that turn.</summary>
    internal int Size => size;

    /// <summary>Base of the frequencies.</summary>
    internal double Theta => theta;

    /// <summary>Scaling for longer contexts.</summary>
    internal RotaryScaling Scaling => scaling;

    /// <summary>Whether neighbours are a pair.</summary>
    internal bool IsInterleaved => isInterleaved;

    /// <summary>Whether a text that grows past the trained length is read anew with other angles.</summary>
    internal bool RereadsLongTexts => scaling is LongRopeScaling;

    /// <summary>Texts of one class may be read together: each gets the angles that it has when it is read alone.</summary>
    /// <param name="tokens">Of a text.</param>
    public long LengthClass(long tokens) => scaling.LengthClass(tokens);

    /// <summary>Cosines and sines of the angles of some positions.</summary>
    /// <param name="start">First position.</param>
    /// <param name="tokens">Number of positions.</param>
    /// <param name="like">Gives type and device.</param>
    /// <param name="length">Tokens of the whole text; null where these are its last ones.</param>
    /// <returns>Both [tokens, size].</returns>
    /// <remarks>Angles are float32 whatever the working type, as in Hugging Face: bfloat16 positions beyond 256 would coincide.</remarks>
    public (Tensor Cos, Tensor Sin) Angles(long start, long tokens, Tensor like, long? length = null)
    {
        using var noGradient = no_grad();
        var frequencies = tensor(Frequencies(length ?? (start + tokens))).GoTo(like.device);
        return CosinesAndSines(outer(TensorSums.Range(start, start + tokens, ScalarType.Float32, like.device), frequencies), like);
    }

    /// <summary>Cosines and sines for tokens behind a cache, whose sequences may begin at different positions.</summary>
    /// <param name="start">Tokens read before, those of the longest sequence.</param>
    /// <param name="padding">How many positions stand empty before each sequence's first token; null where all sequences are equally long.</param>
    /// <param name="tokens">Number of positions.</param>
    /// <param name="like">Gives type and device.</param>
    /// <param name="length">Tokens of the whole text, of a single sequence; null where these are its last ones.</param>
    /// <returns>Both [tokens, size], or [batch, 1, tokens, size].</returns>
    public (Tensor Cos, Tensor Sin) Angles(long start, long[]? padding, long tokens, Tensor like, long? length = null)
    {
        if (padding is null)
        {
            return Angles(start, tokens, like, length);
        }

        // For all sequences at once: on a graphics processor each would cost as many operations as a layer's attention.
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        long[] lengths = [.. padding.Select(p => start - p + tokens)];
        var frequencies = lengths.DistinctBy(LengthClass).ToDictionary(LengthClass, Frequencies);
        float[] rows = frequencies.Count == 1 ? frequencies.Values.First() : [.. lengths.SelectMany(l => frequencies[LengthClass(l)])];
        float[] positions = [.. lengths.SelectMany(l => Enumerable.Range(0, (int)tokens).Select(i => (float)(l - tokens + i)))];
        var angles = tensor(positions, [lengths.Length, tokens, 1]).GoTo(like.device) * tensor(rows, [rows.Length / (size / 2), 1, size / 2]).GoTo(like.device);
        var (cos, sin) = CosinesAndSines(angles, like);
        return (cos.unsqueeze(1).MoveToOuterDisposeScope(), sin.unsqueeze(1).MoveToOuterDisposeScope());
    }

    // […, size/2] → both [ …, size].
    private (Tensor Cos, Tensor Sin) CosinesAndSines(Tensor angles, Tensor like)
    {
        var both = cat([angles, angles], -1);
        var (cos, sin) = (both.cos(), both.sin());
        if (scaling.AttentionFactor != 1)
        {
            cos = cos.mul_(RootedScalar.Of(scaling.AttentionFactor));
            sin = sin.mul_(RootedScalar.Of(scaling.AttentionFactor));
        }

        return (cos.to(like.dtype), sin.to(like.dtype));
    }

    /// <summary>Cuts projected queries and keys into heads and turns them, both at once where that halves the operations that a graphics processor is asked for.</summary>
    /// <param name="queries">[batch, tokens, heads · size].</param>
    /// <param name="keys">[batch, tokens, key heads · size].</param>
    /// <param name="size">Of a head.</param>
    /// <param name="angles">As of <see cref="Heads"/>.</param>
    /// <param name="isInterleaved">Whether neighbours are a pair.</param>
    /// <returns>[batch, heads, tokens, size] and [batch, key heads, tokens, size].</returns>
    public static (Tensor Queries, Tensor Keys) HeadsOfBoth(Tensor queries, Tensor keys, long size, (Tensor Cos, Tensor Sin)? angles, bool isInterleaved = false)
    {
        if (angles is not { } turning || KernelRows.Fit(queries))
        {
            return (Heads(queries, size, angles, isInterleaved), Heads(keys, size, angles, isInterleaved));
        }

        long heads = queries.shape[2] / size;
        var turned = Turn(cat([queries, keys], 2).unflatten(2, [-1, size]).transpose(1, 2), turning, isInterleaved);
        return (turned.narrow(1, 0, heads), turned.narrow(1, heads, turned.shape[1] - heads));
    }

    /// <summary>Cuts projected states into heads and turns them.</summary>
    /// <param name="projected">[batch, tokens, heads · size].</param>
    /// <param name="size">Of a head.</param>
    /// <param name="angles">From <see cref="Angles(long, long[], long, Tensor, long?)"/>, for these tokens; null for heads that do not turn.</param>
    /// <param name="isInterleaved">Whether neighbours are a pair.</param>
    /// <returns>[batch, heads, tokens, size].</returns>
    public static Tensor Heads(Tensor projected, long size, (Tensor Cos, Tensor Sin)? angles, bool isInterleaved = false)
    {
        if (KernelRows.Fit(projected) && (angles is null || (!isInterleaved && angles is { Cos.Dimensions: 2 })))
        {
            return HeadsFunction.Run(projected, size, angles);
        }

        var heads = projected.unflatten(2, [-1, size]).transpose(1, 2);
        return angles is { } turning ? Turn(heads, turning, isInterleaved) : heads;
    }

    /// <summary>Turns the first numbers of each head; the rest of a head stays.</summary>
    /// <param name="heads">[batch, heads, tokens, head size].</param>
    /// <param name="angles">From <see cref="Angles(long, long[], long, Tensor, long?)"/>, for these tokens.</param>
    /// <param name="isInterleaved">Whether neighbours are a pair.</param>
    public static Tensor Turn(Tensor heads, (Tensor Cos, Tensor Sin) angles, bool isInterleaved = false)
    {
        long size = angles.Cos.shape[^1];
        long rest = heads.shape[3] - size;
        var turning = rest == 0 ? heads : heads.narrow(3, 0, size);
        var turned = isInterleaved ? Neighbours(turning, angles) : Halves(turning, angles);
        return rest == 0 ? turned : cat([turned, heads.narrow(3, size, rest)], -1);
    }

    private static Tensor Halves(Tensor turning, (Tensor Cos, Tensor Sin) angles)
    {
        var halves = turning.chunk(2, -1);
        return (turning * angles.Cos).Plus(cat([-halves[1], halves[0]], -1) * angles.Sin);
    }

    private static Tensor Neighbours(Tensor turning, (Tensor Cos, Tensor Sin) angles)
    {
        long half = turning.shape[^1] / 2;
        var pairs = turning.unflatten(3, [half, 2]).unbind(-1);
        var (cos, sin) = (angles.Cos.narrow(-1, 0, half), angles.Sin.narrow(-1, 0, half));
        return stack([(pairs[0] * cos) - (pairs[1] * sin), (pairs[1] * cos).Plus(pairs[0] * sin)], -1).flatten(-2);
    }

    /// <summary>[size/2] angles per position for a text of some length.</summary>
    internal float[] Frequencies(long length) => scaling.Frequencies(size, theta, length);
}
