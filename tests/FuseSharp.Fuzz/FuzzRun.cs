using System.Diagnostics;
using FuseSharp.Errors;

namespace FuseSharp.Fuzz;

/// <summary>Tries one input on one reader.</summary>
public static class FuzzRun
{
    private const long PerByte = 4096;
    private static readonly TimeSpan _longest = TimeSpan.FromSeconds(20);

    /// <summary>What is wrong with how a reader takes an input; null where it reads it, or refuses it in one line, within its bounds.</summary>
    /// <param name="target">The reader.</param>
    /// <param name="input">The input.</param>
    /// <param name="isTimed">Whether time counts too; tests leave it out, as they must not depend on speed.</param>
    public static string? Try(FuzzTarget target, byte[] input, bool isTimed = false)
    {
        string folder = Directory.CreateTempSubdirectory("fusesharp-fuzz-").FullName;
        long before = GC.GetAllocatedBytesForCurrentThread();
        var clock = Stopwatch.StartNew();
        try
        {
            target.Run(input, folder);
        }
        catch (FuseSharpException fault) when (!fault.Message.TrimEnd('\n').Contains('\n', StringComparison.Ordinal) || target.Kind == InputKind.Yaml)
        {
            // Refused in one line; of a recipe all faults are told, a line each.
        }
        catch (Exception fault)
        {
            // What is the same fault has the same exception at the same place.
            string place = fault.StackTrace?.Split('\n').Select(l => l.Trim()).FirstOrDefault(l => l.StartsWith("at FuseSharp.", StringComparison.Ordinal) && !l.Contains(nameof(LibraryErrors), StringComparison.Ordinal)) ?? "";
            string message = fault.Message.ReplaceLineEndings(" ");
            return $"{(fault is FuseSharpException ? "More than one line" : fault.GetType().Name)} {place} | {message[..Math.Min(200, message.Length)]}";
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }

        long taken = GC.GetAllocatedBytesForCurrentThread() - before;
        return taken > target.Allocation + (PerByte * input.Length) ? FormattableString.Invariant($"Allocation: {taken >> 20} MB for {input.Length} bytes")
            : isTimed && clock.Elapsed > _longest ? FormattableString.Invariant($"Time: {clock.Elapsed.TotalSeconds:F1} s for {input.Length} bytes")
            : null;
    }

    /// <summary>Tries changed inputs, the same ones for the same seed.</summary>
    /// <param name="target">The reader.</param>
    /// <param name="seed">Of the changes.</param>
    /// <returns>Without end: each input and what is wrong with how it was taken.</returns>
    public static IEnumerable<(byte[] Input, string? Error)> All(FuzzTarget target, int seed)
    {
        var mutator = new Mutator(target, seed);
        while (true)
        {
            byte[] input = mutator.Next();
            yield return (input, Try(target, input, isTimed: true));
        }
    }
}
