using System.Text;
using FuseSharp.Conversations;
using FuseSharp.Tokenizers.Chat;
using FuseSharp.Tokenizers.Files;

namespace FuseSharp.Fuzz;

/// <summary>Files beside a model that make texts into tokens and conversations into texts.</summary>
internal static class TokenizerTargets
{
    private const string Text = "Hello wörld <s> 你 \ufffe\ud800 a\tb  c";

    private const string ByteLevel = """
        {"added_tokens":[{"id":8,"content":"<s>","special":true,"lstrip":false,"rstrip":true,"single_word":false,"normalized":false}],
        "normalizer":{"type":"Sequence","normalizers":[{"type":"NFC"},{"type":"Replace","pattern":{"String":"x"},"content":"yy"}]},
        "pre_tokenizer":{"type":"ByteLevel","add_prefix_space":false,"use_regex":true},
        "post_processor":{"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"<s>","type_id":0}}]},
        "decoder":{"type":"Sequence","decoders":[{"type":"Replace","pattern":{"String":"a"},"content":"b"},{"type":"ByteLevel"}]},
        "model":{"type":"BPE","dropout":null,"unk_token":null,"fuse_unk":false,"vocab":{"h":0,"e":1,"l":2,"o":3,"he":4,"ll":5,"Ġ":6,"hell":7},"merges":["h e",["l","l"],"he ll"]}}
        """;

    private const string SentencePiece = """
        {"added_tokens":[{"id":0,"content":"<unk>","special":true}],
        "normalizer":{"type":"Sequence","normalizers":[{"type":"Prepend","prepend":"▁"},{"type":"Replace","pattern":{"String":" "},"content":"▁"}]},
        "pre_tokenizer":{"type":"Metaspace","replacement":"▁","prepend_scheme":"first","split":true},
        "decoder":{"type":"Sequence","decoders":[{"type":"Replace","pattern":{"String":"▁"},"content":" "},{"type":"ByteFallback"},{"type":"Fuse"},{"type":"Strip","content":" ","start":1,"stop":0}]},
        "model":{"type":"BPE","unk_token":"<unk>","byte_fallback":true,"fuse_unk":true,"vocab":{"<unk>":0,"▁":1,"a":2,"b":3,"▁a":4,"<0x41>":5},"merges":["▁ a"]}}
        """;

    private const string Unigram = """
        {"added_tokens":[{"id":0,"content":"<unk>","special":true}],
        "normalizer":{"type":"Sequence","normalizers":[{"type":"BertNormalizer","lowercase":true},{"type":"Strip","strip_left":true,"strip_right":true},{"type":"Nmt"},{"type":"Replace","pattern":{"Regex":" {2,}"},"content":"▁"}]},
        "pre_tokenizer":{"type":"Sequence","pretokenizers":[{"type":"WhitespaceSplit"},{"type":"Punctuation","behavior":"MergedWithNext"},{"type":"Metaspace","replacement":"▁","add_prefix_space":true}]},
        "decoder":{"type":"Metaspace","replacement":"▁","prepend_scheme":"always"},"model":{"unk_id":0,"byte_fallback":true,"vocab":[["<unk>",0.0],["▁",-2.5],["he",-3.1e0],["llo",-4],["<0x41>",-9.25]]}}
        """;

    private const string WordPiece = """
        {"pre_tokenizer":{"type":"Sequence","pretokenizers":[{"type":"Split","pattern":{"Regex":"(?i:'s|x)|[^\\r\\n\\p{L}]?\\p{Lu}*[\\p{Ll}\\p{M}]+|\\d{1,3}+|(?<!a)[[:punct:]&&[^.]]++|\\s+(?!\\S)|\\s+"},"behavior":"Contiguous","invert":true},{"type":"Digits","individual_digits":true}]},
        "decoder":{"type":"Sequence","decoders":[{"type":"CTC","pad_token":"a","word_delimiter_token":"|"},{"type":"WordPiece","prefix":"##","cleanup":true}]},
        "model":{"type":"WordPiece","unk_token":"[UNK]","continuing_subword_prefix":"##","max_input_chars_per_word":20,"vocab":{"[UNK]":0,"H":1,"##ello":2,"a":3,"##b":4}}}
        """;

    private const string Config = """
        {"tokenizer_class":"LlamaTokenizer","bos_token":{"content":"<s>","lstrip":false},"eos_token":"o","add_bos_token":true,"add_prefix_space":true,"legacy":false,
        "additional_special_tokens":["l","h"],"added_tokens_decoder":{"8":{"content":"<s>","special":true},"9":{"content":"new","normalized":true,"single_word":true}},"chat_template":"{{ messages[0].content }}"}
        """;

    private static readonly string[] _templates =
    [
        "{% for m in messages %}{{ '<|' + m['role'] + '|>' + m.content|trim + eos_token }}{% endfor %}{% if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}\n",
        "{%- set ns = namespace(x=0) -%}{% macro f(a, b='x') %}{{ a ~ b }}{{ caller() if caller }}{% endmacro %}{% call f(1) %}y{% endcall %}{% set ns.x = ns.x + 1 %}{{ messages|tojson(indent=2) }}{{ ns.x }}",
        "{% set l = range(20)|list %}{% for x in l if x is odd %}{{ loop.index }}{{ l[x:]|sum }}{{ 'abc'.split('b')|join(',') }}{{ messages|map(attribute='role')|list|sort }}{% endfor %}",
    ];

    public static IReadOnlyList<FuzzTarget> All { get; } =
    [
        FuzzTargets.File("tokenizer.json", InputKind.Json, TokenizerFileNames.Json, [ByteLevel, SentencePiece, Unigram, WordPiece], p => Use(Path.GetDirectoryName(p)!)),
        Beside("tokenizer_config.json", TokenizerFileNames.Config, Config),
        Beside("special_tokens_map.json", TokenizerFileNames.SpecialTokens, """{"bos_token":"<s>","eos_token":{"content":"o","lstrip":true},"additional_special_tokens":["l"]}"""),
        Beside("added_tokens.json", TokenizerFileNames.AddedTokens, """{"<pad>":9,"l":2,"new token":10}"""),
        FuzzTargets.File("tokenizer.model", InputKind.Binary, TokenizerFileNames.SentencePiece, [Model()], p => Use(Path.GetDirectoryName(p)!)),
        FuzzTargets.File("tekken.json", InputKind.Json, TokenizerFileNames.Tekken,
            ["""{"config":{"pattern":"\\p{L}+|.","default_vocab_size":9,"default_num_special_tokens":5},"vocab":[{"rank":0,"token_bytes":"SA=="},{"rank":1,"token_bytes":"ZQ=="},{"rank":2,"token_bytes":"SGU="}],"special_tokens":[{"rank":0,"token_str":"<unk>","is_control":true},{"rank":1,"token_str":"<s>","is_control":true}]}"""],
            p => Use(Path.GetDirectoryName(p)!)),
        FuzzTargets.File("tiktoken", InputKind.Binary, TokenizerFileNames.SentencePiece, [Encoding.ASCII.GetBytes("SA== 0\nZQ== 1\nSGU= 2\n")], p => Use(Path.GetDirectoryName(p)!)),
        FuzzTargets.File("vocab.json", InputKind.Json, "vocab.json", ["""{"h":0,"e":1,"he":2,"<|endoftext|>":3}"""], p =>
        {
            File.WriteAllText(Path.Combine(Path.GetDirectoryName(p)!, "merges.txt"), "#version: 0.2\nh e\n");
            Use(Path.GetDirectoryName(p)!);
        }),
        FuzzTargets.File("template", InputKind.Template, "chat_template.jinja", _templates, p => Render(Path.GetDirectoryName(p)!)) with { Allocation = 768L << 20 },
    ];

    private static FuzzTarget Beside(string name, string file, string seed) => FuzzTargets.File(name, InputKind.Json, file, [seed], p =>
    {
        string folder = Path.GetDirectoryName(p)!;
        File.WriteAllText(Path.Combine(folder, TokenizerFileNames.Json), ByteLevel);
        Use(folder);
        Render(folder);
    });

    private static void Use(string folder)
    {
        var tokenizer = TokenizerFolder.Load(folder);
        int[] ids = tokenizer.Encode(Text).Ids;
        tokenizer.Decode(ids);
        tokenizer.EncodeContinuation("abc"u8);
        _ = tokenizer.Fingerprint;
    }

    private static void Render(string folder)
        => ChatTemplate.Find(folder)?.Render([new ChatMessage("user", "Hi \ud83d\ude00 <b>"), new ChatMessage("assistant", "x")], today: new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero));

    private static byte[] Model()
    {
        var model = new ProtobufWriter();
        string[] pieces = ["<unk>", "<s>", "</s>", "▁", "a", "b", "▁a", "<sym>"];
        for (int i = 0; i < pieces.Length; i++)
        {
            var piece = new ProtobufWriter();
            piece.Bytes(1, Encoding.UTF8.GetBytes(pieces[i]));
            piece.Single(2, -i);
            piece.Number(3, i switch { 0 => 2UL, 1 or 2 => 3, 7 => 4, _ => 1 });
            model.Bytes(1, piece.Content);
        }

        var training = new ProtobufWriter();
        training.Number(3, 2);
        model.Bytes(2, training.Content);
        var normalizer = new ProtobufWriter();
        normalizer.Bytes(1, "identity"u8);
        normalizer.Number(3, 1);
        normalizer.Number(4, 0);
        model.Bytes(3, normalizer.Content);
        return model.Content.ToArray();
    }
}
