using System.Diagnostics;
using FuseSharp.Errors;
using FuseSharp.Testing;
using FuseSharp.Tokenizers.Files;
using FuseSharp.Tokenizers.Gguf;

namespace FuseSharp.Tokenizers.Tests.Gguf;

public sealed class GgufFileTests
{
    /// <summary>Files that lie, by what is wrong with them, and a part of the line that refuses them.</summary>
    public static TheoryData<string, string> Errors => new()
    {
        { "no magic", "begin as a GGUF file" },
        { "version", "version 4" },
        { "empty", "begin as a GGUF file" },
        { "many tensors", "18446744073709551615 tensors" },
        { "many pairs", "metadata" },
        { "long text", "bytes of a text" },
        { "long list", "entries of" },
        { "list of lists", "expected texts or numbers" },
        { "value type", "type 99" },
        { "key twice", "twice" },
        { "tensor twice", "twice" },
        { "dimensions", "dimensions" },
        { "dimension zero", "dimension without a meaning" },
        { "absurd shape", "do not hold" },
        { "offset past the end", "do not hold" },
        { "offset overflow", "do not hold" },
        { "overlap", "overlap" },
        { "number type", "number type 7777" },
        { "torn block", "do not hold" },
        { "truncated head", "" },
        { "truncated data", "do not hold" },
        { "alignment", "alignment" },
    };

    [Theory]
    [MemberData(nameof(Errors))]
    public void Read_ALyingFile_IsRefusedInOneLine(string fault, string expected)
    {
        using var folder = new ScratchFolder();
        string path = Path.Combine(folder.Path, "model.gguf");
        File.WriteAllBytes(path, Faulty(fault));
        long before = GC.GetAllocatedBytesForCurrentThread();
        var clock = Stopwatch.StartNew();

        var error = Assert.Throws<ModelException>(() => GgufFile.Read(path));

        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 4 << 20);
        Assert.True(clock.Elapsed.TotalSeconds < 5);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.Contains(path, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Fact]
    public void Read_AGoodFile_TellsAll()
    {
        using var folder = new ScratchFolder();
        string path = Path.Combine(folder.Path, "model.gguf");
        File.WriteAllBytes(path, new GgufBuilder().Text("a", "b").Number("n", 7).Real("r", 0.5f).Flag("f", true).Texts("t", "x", "y").Reals("l", 1, 2)
            .Tensor("w", [2, 3], [1, 2, 3, 4, 5, 6]).Tensor("v", [1, 32], 8, new byte[34]).Build());

        var file = GgufFile.Read(path);

        Assert.Equal("b", file.Text("a"));
        Assert.Equal(7, file.Number("n"));
        Assert.Equal(0.5, file.Real("r"));
        Assert.True(file.Flag("f"));
        Assert.Equal(["x", "y"], file.Texts("t")!);
        Assert.Equal([1, 2], file.Numbers("l")!);
        Assert.Equal([2, 3], file.Tensors[0].Shape);
        Assert.Equal(file.Tensors[0].Start + 32, file.Tensors[1].Start);
        Assert.Equal(GgufType.Q8_0, file.Tensors[1].Type);
        Assert.Throws<ModelException>(() => file.Number("a"));
        Assert.Throws<ModelException>(() => file.Number("missing"));
    }

    [Fact]
    public void Load_SentencePieceTokenizer_SplitsAsItsScoresSay()
    {
        using var folder = new ScratchFolder();
        string path = Path.Combine(folder.Path, "model.gguf");
        string[] tokens = ["<unk>", "<s>", "</s>", "<0x41>", "▁", "a", "b", "ab", "▁ab", "<|user|>"];
        File.WriteAllBytes(path, new GgufBuilder().Text("tokenizer.ggml.model", "llama").Texts("tokenizer.ggml.tokens", tokens)
            .Reals("tokenizer.ggml.scores", 0, 0, 0, 0, -4, -5, -6, -1, -2, 0).Numbers("tokenizer.ggml.token_type", 2, 3, 3, 6, 1, 1, 1, 1, 1, 4)
            .Number("tokenizer.ggml.bos_token_id", 1).Number("tokenizer.ggml.eos_token_id", 2).Number("tokenizer.ggml.unknown_token_id", 0).Build());

        var tokenizer = TokenizerFolder.Load(path);
        TokenizerFolder.Copy(path, Path.Combine(folder.Path, "copy"));
        var copy = TokenizerFolder.Load(Path.Combine(folder.Path, "copy"));

        // As in llama.cpp and "legacy" LlamaTokenizer a text behind a special token gets its own prefix space.
        Assert.Equal([8, 9, 8, 3], tokenizer.Encode("ab<|user|>abA").Ids);
        Assert.Equal((2, 1, true), (tokenizer.EndOfTextId, tokenizer.BeginningOfTextId, tokenizer.AddsBeginningOfText));
        Assert.Equal("ab", tokenizer.Decode([1, 8]));
        Assert.Equal(tokenizer.Fingerprint, copy.Fingerprint);
    }

    [Theory]
    [InlineData("tokenizer.ggml.model", "bert", "kind 'bert'")]
    [InlineData("tokenizer.ggml.pre", "deepseek", "'deepseek'")]
    public void Load_UnknownTokenizer_IsRefused(string key, string value, string expected)
    {
        using var folder = new ScratchFolder();
        string path = Path.Combine(folder.Path, "model.gguf");
        var builder = new GgufBuilder().Texts("tokenizer.ggml.tokens", "a", "b").Texts("tokenizer.ggml.merges").Text(key, value);
        File.WriteAllBytes(path, (key == "tokenizer.ggml.model" ? builder : builder.Text("tokenizer.ggml.model", "gpt2")).Build());

        Assert.Contains(expected, Assert.Throws<ModelException>(() => TokenizerFolder.Load(path)).Message, StringComparison.Ordinal);
    }

    private static byte[] Faulty(string fault)
    {
        var builder = new GgufBuilder();
        var good = new GgufBuilder().Text("k", "v").Tensor("w", [32], new float[32]);
        return fault switch
        {
            "no magic" => "PK34"u8.ToArray().Concat(good.Build().Skip(4)).ToArray(),
            "version" => [.. good.Build().Select((b, i) => i == 4 ? (byte)4 : b)],
            "empty" => [0],
            "many tensors" => new GgufBuilder { TensorCount = ulong.MaxValue }.Build(),
            "many pairs" => new GgufBuilder { PairCount = 1UL << 62 }.Build(),
            "long text" => builder.Pair("k", 8, w => w.Write(1UL << 40)).Build(),
            "long list" => builder.Pair("k", 9, w =>
            {
                w.Write(4u);
                w.Write(1UL << 60);
            }).Build(),
            "list of lists" => builder.Pair("k", 9, w =>
            {
                w.Write(9u);
                w.Write(1UL);
            }).Build(),
            "value type" => builder.Pair("k", 99, _ => { }).Text("l", "m").Build(),
            "key twice" => builder.Text("k", "v").Text("k", "w").Build(),
            "tensor twice" => builder.Tensor("w", [1], [1]).Tensor("w", [1], [1]).Build(),
            "dimensions" => builder.Tensor("w", [1, 1, 1, 1, 1], [1]).Build(),
            "dimension zero" => builder.Tensor("w", [0], [1]).Build(),
            "absurd shape" => builder.Tensor("w", [1UL << 62, 1UL << 62, 8], 0, new byte[64]).Build(),
            "offset past the end" => builder.Tensor("w", [4], 0, new byte[16], 1 << 20).Build(),
            "offset overflow" => builder.Tensor("w", [4], 0, new byte[16], ulong.MaxValue - 3).Build(),
            "overlap" => builder.Tensor("w", [16], new float[16]).Tensor("v", [16], 0, new byte[64], 32).Build(),
            "number type" => builder.Tensor("w", [1], 7777, new byte[32]).Build(),
            "torn block" => builder.Tensor("w", [2, 16], 2, new byte[64]).Build(),
            "truncated head" => good.Build()[..40],
            "truncated data" => good.Build()[..^64],
            "alignment" => builder.Number("general.alignment", 0).Tensor("w", [1], [1]).Build(),
            _ => throw new ArgumentException(fault),
        };
    }
}
