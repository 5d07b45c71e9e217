using System.Buffers.Binary;
using System.Text;
using FuseSharp.Json;
using FuseSharp.Models.Adapters;
using FuseSharp.Models.Architectures;
using FuseSharp.Models.Checkpoints;
using FuseSharp.Models.Configuration;
using FuseSharp.Models.Export;
using FuseSharp.Models.Families;
using FuseSharp.Tokenizers.Files;
using FuseSharp.Tokenizers.Gguf;
using static TorchSharp.torch;

namespace FuseSharp.Fuzz;

/// <summary>Files of models.</summary>
internal static class ModelTargets
{
    private const string Config = """
        {"architectures":["LlamaForCausalLM"],"model_type":"llama","vocab_size":64,"hidden_size":16,"intermediate_size":32,"num_hidden_layers":1,"num_attention_heads":2,"num_key_value_heads":1,
        "rms_norm_eps":1e-5,"rope_theta":10000.0,"max_position_embeddings":64,"tie_word_embeddings":false,"torch_dtype":"float32","hidden_act":"silu","rope_scaling":{"type":"linear","factor":2.0},"eos_token_id":[1,2]}
        """;

    private const string Neox = """
        {"architectures":["GPTNeoXForCausalLM"],"vocab_size":64,"hidden_size":16,"intermediate_size":32,"num_hidden_layers":1,"num_attention_heads":2,"max_position_embeddings":64,
        "rope_parameters":{"rope_type":"default","rope_theta":10000.0,"partial_rotary_factor":0.5},"use_parallel_residual":true,"hidden_act":"gelu"}
        """;

    private const string MptConfig = """
        {"architectures":["MPTForCausalLM"],"vocab_size":64,"d_model":16,"n_heads":2,"n_layers":1,"max_seq_len":64,"expansion_ratio":4,"no_bias":true,
        "attn_config":{"alibi":true,"clip_qkv":6,"softmax_scale":null,"attn_type":"multihead_attention"}}
        """;

    private const string Adapter = """
        {"peft_type":"LORA","task_type":"CAUSAL_LM","r":4,"lora_alpha":8,"lora_dropout":0.0,"target_modules":["q_proj","v_proj"],"bias":"none","fan_in_fan_out":false,"base_model_name_or_path":"base","use_rslora":false}
        """;

    private const string Index = """{"metadata":{"total_size":64},"weight_map":{"a":"model-00001-of-00002.safetensors","b":"model-00002-of-00002.safetensors"}}""";

    public static IReadOnlyList<FuzzTarget> All { get; } =
    [
        FuzzTargets.File("config", InputKind.Json, "config.json", [Config, Neox, MptConfig], ReadShape),
        FuzzTargets.File("generation_config", InputKind.Json, "generation_config.json", ["""{"eos_token_id":[1,2],"temperature":0.6}"""], p =>
        {
            File.WriteAllText(Path.Combine(Path.GetDirectoryName(p)!, "config.json"), Config);
            _ = ModelConfig.Read(Path.GetDirectoryName(p)!).EndIds;
        }),
        FuzzTargets.File("adapter_config", InputKind.Json, "adapter_config.json", [Adapter], p =>
        {
            var settings = new AdapterSettings(JsonFile.Read(p, "an adapter's configuration"), p);
            _ = settings.AlphaOf("model.layers.0.self_attn.q_proj", settings.RankOf("model.layers.0.self_attn.q_proj"));
        }),
        FuzzTargets.File("adapter_base", InputKind.Json, "adapter_config.json", [Adapter], p =>
        {
            Directory.CreateDirectory(Path.Combine(Path.GetDirectoryName(p)!, "base"));
            _ = AdapterFolder.BaseOf(Path.GetDirectoryName(p)!);
        }),
        FuzzTargets.File("adapter_weights", InputKind.Binary, "adapter_model.safetensors", [AdapterWeights()], p => MergeAdapter(Path.GetDirectoryName(p)!)),
        FuzzTargets.File("safetensors", InputKind.Binary, "model.safetensors", [Safetensors()], p =>
        {
            using var reader = new SafetensorsReader(p);
            foreach (string name in reader.Names)
            {
                using var tensor = reader.Read(name);
            }
        }),
        FuzzTargets.File("index", InputKind.Json, "model.safetensors.index.json", [Index], p => ShardIndex.Read(p, ".safetensors")),
        FuzzTargets.File("imatrix", InputKind.Binary, "imatrix.dat", [[1, 0, 0, 0, 1, 0, 0, 0, (byte)'a', 3, 0, 0, 0, 2, 0, 0, 0, 0, 0, 128, 63, 0, 0, 0, 64], Gguf()], p => ImportanceMatrix.Read(p)),
        FuzzTargets.File("gguf", InputKind.Binary, "a.gguf", [Gguf()], p =>
        {
            _ = GgufFile.Read(p);
            _ = TokenizerFolder.Load(p);
        }),
    ];

    // Everything that a shape tells, without the weights that it asks for.
    private static void ReadShape(string path)
    {
        var config = ModelConfig.Read(path);
        _ = (config.EndIds, config.StorageType, config.ContextLength, config.VocabularySize);
        switch (config.Architecture)
        {
            case "MptForCausalLM" or "MPTForCausalLM":
                _ = MptShape.FromConfig(config);
                break;
            case "GPTNeoXForCausalLM":
                _ = GptNeoX.PositionsOf(config, 8);
                break;
            case var _ when DecoderDesign.Has(config):
                foreach (var layer in DecoderDesign.FromConfig(config).Layers)
                {
                    _ = layer.Attention.Rotary?.Frequencies(100);
                }

                break;
        }

        ConfigKeys.WarnOfUnknown(config);
    }

    // Beside a base of two maps and an embedding that is its head.
    private static void MergeAdapter(string folder)
    {
        File.WriteAllText(Path.Combine(folder, "adapter_config.json"), Adapter);
        var shapes = new Dictionary<string, IReadOnlyList<long>>(StringComparer.Ordinal)
        {
            ["model.layers.0.self_attn.q_proj.weight"] = [2, 3],
            ["model.layers.0.self_attn.v_proj.weight"] = [2, 3],
            ["model.embed_tokens.weight"] = [5, 3],
            ["lm_head.weight"] = [5, 3],
        };
        _ = AdaptedHead.IsOwn(folder);
        using var scope = NewDisposeScope();
        using var contents = new AdapterContents(folder);
        var settings = new AdapterSettings(JsonFile.Read(Path.Combine(folder, "adapter_config.json"), "an adapter's configuration"), "adapter_config.json");
        var changes = new AdapterChanges(contents, settings, new AdapterTargets(shapes, _ => false), ("model.embed_tokens.weight", "lm_head.weight"));
        foreach (var (name, shape) in shapes.Where(s => changes.Has(s.Key)))
        {
            _ = changes.Apply(name, zeros([.. shape]));
        }
    }

    private static byte[] AdapterWeights() => Safetensors("""
        {"base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight":{"dtype":"F32","shape":[4,3],"data_offsets":[0,48]},
        "base_model.model.model.layers.0.self_attn.q_proj.lora_B.weight":{"dtype":"F32","shape":[2,4],"data_offsets":[48,80]},
        "base_model.model.model.layers.0.self_attn.v_proj.lora_A.weight":{"dtype":"F32","shape":[4,3],"data_offsets":[80,128]},
        "base_model.model.model.layers.0.self_attn.v_proj.lora_B.weight":{"dtype":"F32","shape":[2,4],"data_offsets":[128,160]},
        "base_model.model.model.embed_tokens.weight":{"dtype":"F32","shape":[5,3],"data_offsets":[160,220]}}
        """, 220);

    private static byte[] Safetensors()
        => Safetensors("""{"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]},"b":{"dtype":"BF16","shape":[2],"data_offsets":[16,20]}}""", 20);

    private static byte[] Safetensors(string json, int bytes)
    {
        byte[] header = Encoding.UTF8.GetBytes(json);
        byte[] file = new byte[8 + header.Length + bytes];
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
