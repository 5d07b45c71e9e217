using FuseSharp.Models.Families;
using FuseSharp.Models.Kernels;
using FuseSharp.Models.Rows;

namespace FuseSharp.Models.Decoding;

/// <summary>A norm of rows: see <see cref="NormKind"/>.</summary>
/// <param name="weight">By number of a row; of <see cref="NormKind.OffsetRms"/> with its 1.</param>
/// <param name="bias">Null for none.</param>
/// <param name="epsilon">Added under the root.</param>
/// <param name="centers">Whether the mean is taken off.</param>
internal sealed unsafe class RowNorm(float[] weight, float[]? bias, double epsilon, bool centers)
{
    /// <summary>Norms every row.</summary>
    /// <param name="states">Only read.</param>
    /// <param name="results">Gets as many; may be the same.</param>
    public void Run(StateRows states, StateRows results)
    {
        if (!ReferenceEquals(states, results))
        {
            results.Resize(states.Count, states.Width);
        }

        for (int i = 0; i < states.Count; i++)
        {
            Run(states.Row(i), results.Row(i));
        }

        results.Changed();
    }

    /// <summary>Norms a row.</summary>
    /// <param name="row">As wide as the weight; only read.</param>
    /// <param name="result">May be the same.</param>
    public void Run(float* row, float* result)
    {
        fixed (float* weights = weight)
        {
            if (centers)
            {
                Center(row, weights, result);
            }
            else
            {
                RmsNormKernel.ForwardRow<Float32Number>((byte*)row, weights, (byte*)result, weight.Length, epsilon);
            }
        }
    }

    private void Center(float* row, float* weights, float* result)
    {
        double sum = 0;
        for (int i = 0; i < weight.Length; i++)
        {
            sum += row[i];
        }

        double mean = sum / weight.Length;
        double squares = 0;
        for (int i = 0; i < weight.Length; i++)
        {
            squares += (row[i] - mean) * (row[i] - mean);
        }

        double factor = 1 / Math.Sqrt((squares / weight.Length) + epsilon);
        for (int i = 0; i < weight.Length; i++)
        {
            result[i] = ((float)((row[i] - mean) * factor) * weights[i]) + (bias is null ? 0 : bias[i]);
        }
    }
}
