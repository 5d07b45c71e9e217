using System.Runtime.Intrinsics;
using FuseSharp.Models.Families;
using FuseSharp.Models.Kernels;
using FuseSharp.Models.Rows;

namespace FuseSharp.Models.Decoding;

/// <summary>Attention of each text's next token to its own ones before.</summary>
/// <param name="design">How.</param>
/// <param name="number">Of its layer, by which the cache knows it.</param>
internal sealed unsafe class AttentionRows(AttentionDesign design, int number)
{
    /// <summary>To queries, or to queries, keys and values.</summary>
    public required RowMap Query { get; init; }

    /// <summary>To keys; null where <see cref="Query"/> gives them.</summary>
    public RowMap? Key { get; init; }

    /// <summary>To values; null likewise.</summary>
    public RowMap? Value { get; init; }

    /// <summary>Behind attention.</summary>
    public required RowMap Output { get; init; }

    /// <summary>Of queries; null for none.</summary>
    public HeadRowNorms? QueryNorm { get; init; }

    /// <summary>Of keys; null for none.</summary>
    public HeadRowNorms? KeyNorm { get; init; }

    /// <summary>By head; null for none.</summary>
    public float[]? Sinks { get; init; }

    private int QueryWidth => design.Heads * design.HeadSize;

    private int KeyWidth => design.KeyValueHeads * design.HeadSize;

    /// <summary>Runs it, and adds keys and values to the cache.</summary>
    /// <param name="states">Only read.</param>
    /// <param name="results">Gets as many rows.</param>
    /// <param name="cache">Of the texts.</param>
    /// <param name="angles">Of this kind of layer; null for heads that do not turn.</param>
    /// <param name="space">Shared by the layers.</param>
    public void Run(StateRows states, StateRows results, IStepCache cache, StepAngles? angles, StepSpace space)
    {
        Query.Run(states, space.Queries);
        Key?.Run(states, space.Keys);
        Value?.Run(states, space.Values);
        var rows = cache.MakeRoom(number);
        for (int text = 0; text < states.Count; text++)
        {
            float* query = space.Queries.Row(text);
            float* key = Key is null ? query + QueryWidth : space.Keys.Row(text);
            float* value = Value is null ? query + QueryWidth + KeyWidth : space.Values.Row(text);
            QueryNorm?.Run(query, design.Heads, design.HeadSize);
            KeyNorm?.Run(key, design.KeyValueHeads, design.HeadSize);
            Turn(query, design.Heads, angles, text);
            Turn(key, design.KeyValueHeads, angles, text);
            for (int h = 0; h < design.KeyValueHeads; h++)
            {
                long at = ((((long)text * design.KeyValueHeads) + h) * rows.Room * design.HeadSize) + (cache.Length * design.HeadSize);
                new Span<float>(key + (h * design.HeadSize), design.HeadSize).CopyTo(new Span<float>(rows.Keys + at, design.HeadSize));
                new Span<float>(value + (h * design.HeadSize), design.HeadSize).CopyTo(new Span<float>(rows.Values + at, design.HeadSize));
            }
        }

        space.Mixed.Resize(states.Count, QueryWidth);
        Mix(rows, cache, space);
        Output.Run(space.Mixed, results);
    }

    private void Mix(CacheRows rows, IStepCache cache, StepSpace space)
    {
        long read = cache.Length + 1;
        long visible = Math.Min(read, design.Window ?? read);
        float scale = (float)(design.Scale ?? (1 / Math.Sqrt(design.HeadSize)));
        int groups = design.Heads / design.KeyValueHeads;
        KernelRows.Run((long)space.Mixed.Count * design.Heads, visible * design.HeadSize, (start, endExclusive) =>
        {
            using var scores = new AlignedRow(visible);
            for (long i = start; i < endExclusive; i++)
            {
                int text = (int)(i / design.Heads);
                int head = (int)(i % design.Heads);
                long first = Math.Max(read - visible, cache.Padding?[text] ?? 0);
                long at = ((((long)text * design.KeyValueHeads) + (head / groups)) * rows.Room * design.HeadSize) + (first * design.HeadSize);
                QueryAttention.Run(space.Queries.Row(text) + (head * design.HeadSize), rows.Keys + at, rows.Values + at, read - first, design.HeadSize, scale,
                    (float?)design.ScoreCap, Sinks?[head], scores.Start, space.Mixed.Row(text) + (head * design.HeadSize));
            }
        });
    }

    private void Turn(float* heads, int count, StepAngles? angles, int text)
    {
        if (angles is null)
        {
            return;
        }

        var (cosines, sines) = angles.Of(text);
        fixed (float* cos = cosines.Span, sin = sines.Span)
        {
            for (int h = 0; h < count; h++)
            {
                float* head = heads + (h * design.HeadSize);
                if (angles.IsInterleaved)
                {
                    Neighbours(head, cos, sin, angles.Pairs);
                }
                else
                {
                    RotaryHeadsKernel.Turn<Float32Number>((byte*)head, (byte*)head, (byte*)cos, (byte*)sin, angles.Pairs, Vector512<float>.One);
                }
            }
        }
    }

    private static void Neighbours(float* head, float* cos, float* sin, int pairs)
    {
        for (int i = 0; i < pairs; i++)
        {
            var (a, b) = (head[2 * i], head[(2 * i) + 1]);
            head[2 * i] = (a * cos[i]) - (b * sin[i]);
            head[(2 * i) + 1] = (b * cos[i]) + (a * sin[i]);
        }
    }
}
