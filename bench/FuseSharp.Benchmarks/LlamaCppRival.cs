using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using LLama;
using LLama.Common;
using LLama.Native;

namespace FuseSharp.Benchmarks;

/// <summary>llama.cpp with one thread, in the build for this processor and otherwise with its own defaults: keys and values in float16, activations rounded to eight bits.</summary>
internal sealed class LlamaCppRival : IDisposable
{
    private readonly LLamaWeights _weights;
    private readonly LLamaContext _context;
    private readonly int _sequences;

    /// <param name="file">The GGUF file.</param>
    /// <param name="sequences">Most side by side.</param>
    /// <param name="length">Most tokens of each.</param>
    /// <param name="build">Of the library; null for the best that this processor runs.</param>
    public LlamaCppRival(string file, int sequences, int length, string? build)
    {
        Build = build ?? (Avx512BW.IsSupported ? "avx512" : Avx2.IsSupported ? "avx2" : "noavx");
        string library = OperatingSystem.IsWindows() ? $"win-x64/native/{Build}/llama.dll"
            : OperatingSystem.IsMacOS() ? "osx-arm64/native/libllama.dylib"
            : RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? "linux-arm64/native/libllama.so" : $"linux-x64/native/{Build}/libllama.so";
        NativeLibraryConfig.LLama.WithLibrary(Path.Combine((string)AppContext.GetData("FuseSharp.LlamaCppRuntimes")!, library)).WithLogCallback((_, _) => { });
        var parameters = new ModelParams(file)
        {
            ContextSize = (uint)(sequences * length),
            SeqMax = (uint)sequences,
            Threads = 1,
            BatchThreads = 1,
            GpuLayerCount = 0,
        };
        _weights = LLamaWeights.LoadFromFile(parameters);
        _context = _weights.CreateContext(parameters);
        _sequences = sequences;
    }

    /// <summary>Its library's build.</summary>
    public string Build { get; }

    /// <summary>Begins texts, one for each prompt, and gives the first token of each.</summary>
    public int[] Begin(IReadOnlyList<int[]> prompts)
    {
        if (prompts.Count > _sequences)
        {
            throw new ArgumentException("More prompts than sequences.", nameof(prompts));
        }

        _context.NativeHandle.MemoryClear(data: true);
        return [.. prompts.Select((p, sequence) =>
        {
            var batch = new LLamaBatch();
            for (int i = 0; i < p.Length; i++)
            {
                batch.Add(p[i], i, (LLamaSeqId)sequence, logits: i == p.Length - 1);
            }

            Decode(batch);
            return Largest(p.Length - 1);
        })];
    }

    /// <summary>The next token of each text.</summary>
    /// <param name="last">The token before, of each.</param>
    /// <param name="positions">Its place, of each.</param>
    public int[] Step(int[] last, int[] positions)
    {
        var batch = new LLamaBatch();
        for (int i = 0; i < last.Length; i++)
        {
            batch.Add(last[i], positions[i], (LLamaSeqId)i, logits: true);
        }

        Decode(batch);
        return [.. last.Select((_, i) => Largest(i))];
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _context.Dispose();
        _weights.Dispose();
    }

    private void Decode(LLamaBatch batch)
    {
        if (_context.Decode(batch) != DecodeResult.Ok)
        {
            throw new InvalidOperationException("llama.cpp did not read the tokens.");
        }
    }

    private int Largest(int row)
    {
        var logits = _context.NativeHandle.GetLogitsIth(row);
        return System.Numerics.Tensors.TensorPrimitives.IndexOfMax(logits);
    }
}
