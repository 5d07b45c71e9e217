namespace FuseSharp.Models.Decoding;

/// <summary>Norms of the heads of a row.</summary>
/// <param name="norms">One for each head; a single one for each of them, or for all together.</param>
/// <param name="isWhole">Whether a single one goes over all heads together.</param>
internal sealed unsafe class HeadRowNorms(RowNorm[] norms, bool isWhole)
{
    /// <summary>Norms the heads where they are.</summary>
    /// <param name="row">[heads · size].</param>
    /// <param name="heads">How many.</param>
    /// <param name="size">Of each.</param>
    public void Run(float* row, int heads, int size)
    {
        if (isWhole)
        {
            norms[0].Run(row, row);
            return;
        }

        for (int h = 0; h < heads; h++)
        {
            norms[norms.Length == 1 ? 0 : h].Run(row + (h * size), row + (h * size));
        }
    }
}
