using System.Text;
using LLama;
using LLama.Common;
using LLama.Native;

namespace FuseSharp.LlamaCpp.Tests;

/// <summary>A GGUF file as llama.cpp reads it, on one thread of the processor.</summary>
internal sealed class LlamaCppModel : IDisposable
{
    private readonly LLamaWeights _weights;
    private readonly LLamaContext? _context;

    private LlamaCppModel(LLamaWeights weights, LLamaContext? context)
    {
        _weights = weights;
        _context = context;
    }

    /// <summary>Ids of the token that begins a text and of the one that ends it, and whether texts begin with the first.</summary>
    public (int? Beginning, int? End, bool AddsBeginning) SpecialIds => ((int?)_weights.Vocab.BOS, (int?)_weights.Vocab.EOS, _weights.Vocab.ShouldAddBOS);

    /// <summary>Tokens of the vocabulary.</summary>
    public int VocabularySize => _weights.Vocab.Count;

    /// <summary>Loads a whole model.</summary>
    /// <param name="file">The GGUF file.</param>
    /// <param name="contextLength">Most tokens of a text.</param>
    public static LlamaCppModel Load(string file, int contextLength)
    {
        // Keys and values in float32, where llama.cpp rounds them to float16 if not told otherwise: what is compared is the file.
        var parameters = new ModelParams(file)
        {
            ContextSize = (uint)contextLength,
            BatchSize = (uint)contextLength,
            UBatchSize = (uint)contextLength,
            Threads = 1,
            BatchThreads = 1,
            TypeK = GGMLType.GGML_TYPE_F32,
            TypeV = GGMLType.GGML_TYPE_F32,
            FlashAttention = false,
            YarnBetaFast = -1, // as the file says: LLamaSharp would take 32 and 1
            YarnBetaSlow = -1,
            GpuLayerCount = 0,
        };
        var weights = LLamaWeights.LoadFromFile(parameters);
        return new LlamaCppModel(weights, weights.CreateContext(parameters));
    }

    /// <summary>Loads the tokenizer alone.</summary>
    public static LlamaCppModel LoadTokenizer(string file) => new(LLamaWeights.LoadFromFile(new ModelParams(file) { VocabOnly = true, GpuLayerCount = 0 }), null);

    /// <summary>Tokens of a text; special ones written out in it are recognized.</summary>
    /// <param name="text">Any text.</param>
    /// <param name="addsSpecial">Whether the token that begins a text is put before it, where the file says so.</param>
    public int[] Encode(string text, bool addsSpecial = false) => [.. _weights.Tokenize(text, addsSpecial, special: true, Encoding.UTF8).Select(t => (int)t)];

    /// <summary>The bytes that a token adds to a text; none for special ones.</summary>
    public byte[] TextOf(int id)
    {
        byte[] bytes = new byte[1024];
        return bytes[..(int)_weights.NativeHandle.TokenToSpan(id, bytes, 0, special: false)];
    }

    /// <summary>Reads tokens behind those that were read before.</summary>
    /// <param name="ids">At least one.</param>
    /// <param name="start">How many were read before; 0 begins a new text.</param>
    /// <returns>[tokens][vocabulary]: what each says of the next one.</returns>
    public float[][] Logits(ReadOnlySpan<int> ids, int start = 0)
    {
        var context = _context ?? throw new InvalidOperationException("Only the tokenizer was loaded.");
        if (start == 0)
        {
            context.NativeHandle.MemoryClear(data: true);
        }

        var batch = new LLamaBatch();
        for (int i = 0; i < ids.Length; i++)
        {
            batch.Add(ids[i], start + i, LLamaSeqId.Zero, logits: true);
        }

        Assert.Equal(DecodeResult.Ok, context.Decode(batch));
        float[][] logits = new float[ids.Length][];
        for (int i = 0; i < logits.Length; i++)
        {
            logits[i] = context.NativeHandle.GetLogitsIth(i).ToArray();
        }

        return logits;
    }

    /// <summary>The most likely tokens after a prompt, one after the other.</summary>
    /// <param name="prompt">Tokens.</param>
    /// <param name="count">How many to write.</param>
    public int[] Continue(int[] prompt, int count)
    {
        int[] written = new int[count];
        float[] last = Logits(prompt)[^1];
        for (int i = 0; i < count; i++)
        {
            written[i] = Array.IndexOf(last, last.Max());
            last = Logits([written[i]], prompt.Length + i)[0];
        }

        return written;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _context?.Dispose();
        _weights.Dispose();
    }
}
