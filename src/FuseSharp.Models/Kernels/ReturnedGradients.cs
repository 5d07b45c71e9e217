using static TorchSharp.torch;

namespace FuseSharp.Models.Kernels;

/// <summary>What functions give back to the engine on the way back, released as soon as the engine has taken it.</summary>
/// <remarks>
/// The engine takes its own reference to a returned gradient, but only after the function has returned it. Left to the caller's dispose scope, the gradients of all
/// functions would live until the step ends: half of a step's memory. So each function's are released when the next function returns its own.
/// </remarks>
public static class ReturnedGradients
{
    [ThreadStatic]
    private static List<Tensor>? _last;

    /// <summary>Takes gradients out of the scope they were made in and hands them over.</summary>
    /// <param name="gradients">One for each argument of the function; null for those that have none.</param>
    public static List<Tensor> From(params Tensor?[] gradients)
    {
        Release();
        _last = [.. gradients.OfType<Tensor>().Select(g => g.DetachFromDisposeScope())];
        return [.. gradients.Select(g => g!)];
    }

    /// <summary>Releases the last ones; at the end of a backward pass.</summary>
    public static void Release()
    {
        foreach (var gradient in _last ?? [])
        {
            gradient.Dispose();
        }

        _last = null;
    }
}
