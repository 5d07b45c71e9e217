using System.Buffers.Binary;
using System.Text;
using FuseSharp.Core.Gguf;
using FuseSharp.Core.Tokenizers;
using FuseSharp.Torch.Adapters;
using FuseSharp.Torch.Checkpoints;
using FuseSharp.Torch.Models;

namespace FuseSharp.Fuzz;

/// <summary>Files of models.</summary>
internal static class ModelTargets
{
    private const string Config = """
        {"architectures":["LlamaForCausalLM"],"model_type":"llama","vocab_size":64,"hidden_size":16,"intermediate_size":32,"num_hidden_layers":1,"num_attention_heads":2,"num_key_value_heads":1,
        "rms_norm_eps":1e-5,"rope_theta":10000.0,"max_position_embeddings":64,"tie_word_embeddings":false,"torch_dtype":"float32","hidden_act":"silu","rope_scaling":{"type":"linear","factor":2.0},"eos_token_id":[1,2]}
        """;

    private const string Adapter = """
        {"peft_type":"LORA","task_type":"CAUSAL_LM","r":4,"lora_alpha":8,"lora_dropout":0.0,"target_modules":["q_proj","v_proj"],"bias":"none","fan_in_fan_out":false,"base_model_name_or_path":"base","use_rslora":false}
        """;

    private const string Index = """{"metadata":{"total_size":64},"weight_map":{"a":"model-00001-of-00002.safetensors","b":"model-00002-of-00002.safetensors"}}""";

    public static IReadOnlyList<FuzzTarget> All { get; } =
    [
        // The readers of shapes and adapters are mended elsewhere; see the report of this project's tests.
        FuzzTargets.File("config", InputKind.Json, "config.json", [Config], p => { _ = ModelConfig.Read(p); }) with { Holds = false },
        FuzzTargets.File("adapter_config", InputKind.Json, "adapter_config.json", [Adapter], p => AdapterFolder.BaseOf(Path.GetDirectoryName(p)!)) with { Holds = false },
        FuzzTargets.File("safetensors", InputKind.Binary, "model.safetensors", [Safetensors()], p =>
        {
            using var reader = new SafetensorsReader(p);
            foreach (string name in reader.Names)
            {
                using var tensor = reader.Read(name);
            }
        }),
        FuzzTargets.File("index", InputKind.Json, "model.safetensors.index.json", [Index], p => ShardIndex.Read(p, ".safetensors")) with { Holds = false },
        FuzzTargets.File("gguf", InputKind.Binary, "a.gguf", [Gguf()], p =>
        {
            _ = GgufFile.Read(p);
            _ = TokenizerFolder.Load(p);
        }) with { Holds = false },
    ];

    private static byte[] Safetensors()
    {
        byte[] header = Encoding.UTF8.GetBytes("""{"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]},"b":{"dtype":"BF16","shape":[2],"data_offsets":[16,20]}}""");
        byte[] file = new byte[8 + header.Length + 20];
        BinaryPrimitives.WriteInt64LittleEndian(file, header.Length);
        header.CopyTo(file, 8);
        return file;
    }

    private static byte[] Gguf()
    {
        using var bytes = new MemoryStream();
        using var writer = new BinaryWriter(bytes);
        void Text(string text)
        {
            writer.Write((ulong)text.Length);
            writer.Write(Encoding.ASCII.GetBytes(text));
        }

        writer.Write("GGUF"u8);
        writer.Write(3u);
        writer.Write(1UL);
        writer.Write(3UL);
        Text("general.architecture");
        writer.Write(8u);
        Text("llama");
        Text("tokenizer.ggml.model");
        writer.Write(8u);
        Text("gpt2");
        Text("tokenizer.ggml.tokens");
        writer.Write(9u);
        writer.Write(8u);
        writer.Write(2UL);
        Text("a");
        Text("b");
        Text("output.weight");
        writer.Write(1u);
        writer.Write(4UL);
        writer.Write(0u);
        writer.Write(0UL);
        writer.Write(new byte[64]);
        return bytes.ToArray();
    }
}
