using TorchSharp;

namespace FuseSharp.Models.Native;

/// <summary>Numbers for tensor operations that stay alive while libtorch reads them.</summary>
/// <remarks>
/// TorchSharp 0.107 hands libtorch a <see cref="Scalar"/>'s bare pointer. One that was made in passing (<c>x.pow(2)</c>) has no reference left by then:
/// a garbage collection in between frees it, and libtorch stops with "Unknown scalar type" or computes with whatever lies there. Seen once in five minutes
/// of training on a busy machine. A tensor has its dispose scope to hold it, a scalar nothing; the implicit conversions are therefore banned
/// (BannedSymbols.txt). See docs/decisions/0006-live-scalars.md.
/// </remarks>
public static class RootedScalar
{
    // The thread that makes a scalar also makes the call, at once: it only has to outlive the other scalars of one expression.
    private const int Kept = 64;

    [ThreadStatic]
    private static Scalar[]? _recent;

    [ThreadStatic]
    private static int _next;

    /// <summary>A floating-point number; held until this thread has made 64 more.</summary>
    public static Scalar Of(double value) => Keep(value.ToScalar());

    /// <summary>A whole number; held until this thread has made 64 more.</summary>
    public static Scalar Of(long value) => Keep(value.ToScalar());

    private static Scalar Keep(Scalar scalar)
    {
        _recent ??= new Scalar[Kept];
        _recent[_next] = scalar;
        _next = (_next + 1) % Kept;
        return scalar;
    }
}
