using FuseSharp.Tokenizers.Gguf;

namespace FuseSharp.Testing.Oracles;

/// <summary>Products with a stored matrix: written out number by number, then summed one after the other in double.</summary>
public static class RowProductOracle
{
    /// <summary>The numbers of a matrix.</summary>
    /// <param name="type">How it is stored.</param>
    /// <param name="blocks">All rows, one behind the other.</param>
    public static float[] Numbers(GgufType type, ReadOnlySpan<byte> blocks)
    {
        var (elements, bytes) = GgufBlocks.SizeOf(type);
        float[] numbers = new float[blocks.Length / bytes * elements];
        GgufBlocks.Decode(type, blocks, numbers);
        return numbers;
    }

    /// <summary>[texts, outputs]: each with the sum of its parts' sizes, by which rounding is measured.</summary>
    /// <param name="weights">[outputs, inputs].</param>
    /// <param name="states">[texts, inputs].</param>
    /// <param name="bias">[outputs]; null for none.</param>
    /// <param name="inputs">Numbers of a row.</param>
    public static (double Sum, double Size)[] Multiply(float[] weights, float[] states, float[]? bias, int inputs)
    {
        int outputs = weights.Length / inputs;
        var results = new (double, double)[states.Length / inputs * outputs];
        for (int r = 0; r < results.Length; r++)
        {
            double sum = bias?[r % outputs] ?? 0;
            double size = Math.Abs(sum);
            for (int i = 0; i < inputs; i++)
            {
                double part = (double)weights[(r % outputs * inputs) + i] * states[(r / outputs * inputs) + i];
                sum += part;
                size += Math.Abs(part);
            }

            results[r] = (sum, size);
        }

        return results;
    }
}
